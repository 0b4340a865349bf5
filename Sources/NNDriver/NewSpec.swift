import NNFormats
import NNSpec
import NNTemplates

/// Starts specs from templates.
public enum NewSpec {
  /// Writes `name.yaml` into a folder (empty for the current one), from a template.
  ///
  /// - Returns: what was written, and what to do next.
  public static func write(
    _ name: String, template: Template, folder: String, replacing: Bool
  ) throws(CommandFailure) -> String {
    let stem = name.hasSuffix(".yaml") ? String(name.dropLast(5)) : name
    guard Spec.isFolderName(stem), !stem.hasPrefix("-") else {
      throw .usage("`\(name)` cannot be a spec's name: it is a file's name without folders; folders go to --output")
    }
    let path = Folder.join(folder, stem + ".yaml")
    do {
      if try !replacing && Folder.kind(of: path) != .missing {
        throw CommandFailure.usage("\(path) is there already: choose another name, or replace it with --force")
      }
      try AtomicFile.write(Array(template.text.utf8), to: path)
    } catch {
      throw CommandFailure(error)
    }
    return """
      wrote \(path): \(template.summary)

      next
        \(template.data)
        nnc check \(path.shellWord)
        nnc train \(path.shellWord)

      """
  }
}

extension String {
  /// As a shell takes it for one word.
  fileprivate var shellWord: String {
    let isPlain = utf8.allSatisfy { byte in
      Unicode.Scalar(byte).properties.isAlphabetic && byte < 128 || "0123456789._/-+".utf8.contains(byte)
    }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
