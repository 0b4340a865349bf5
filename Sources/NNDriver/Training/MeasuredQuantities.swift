import NNFormats
import NNSpec
import NNTraining

/// What a spec's losses and metrics are measures of: where that is the same, values are comparable.
struct MeasuredQuantities {
  /// The losses with their weights.
  private let losses: String
  /// The data that training samples are made of, and the data of those that are held out.
  private let (trained, validated): (String, String)

  init(_ checked: CheckedSpec) {
    let rendered = checked.rendered(for: "")
    func text(_ items: [Rendering.Entry], without unlike: Set<String>) -> String {
      let like = items.map { item in
        guard case .mapping(let keys) = item.value.content else { return item }
        return Rendering.Entry(item.key, .mapping(keys.filter { !unlike.contains($0.key) }))
      }
      return Rendering(.mapping(like)).flow
    }
    let all = rendered?.rest.filter { $0.key == "losses" }.flatMap { entry -> [Rendering.Entry] in
      if case .mapping(let items) = entry.value.content { items } else { [] }
    }
    losses = text(all ?? [], without: ["allow"])
    let irrelevant: Set = ["samples_per_epoch", "broken", "allow"]
    let data = rendered?.data ?? []
    (trained, validated) = (text(data, without: irrelevant), text(data, without: irrelevant.union(["augment"])))
  }

  /// What the total of the losses of training samples is of, and that of held-out ones.
  var trainingLoss: String { losses + "\n" + trained }
  var validationLoss: String { losses + "\n" + validated }

  /// What validation measures. Of paths only the last part counts, since a run may go on from another folder.
  var subjects: ValidationSubjects {
    let words = validated.split(separator: " ").map { $0.split(separator: "/").last ?? $0 }
    let data = words.joined(separator: " ")
    return ValidationSubjects(
      loss: Checksum.sha256(of: losses + "\n" + data), metrics: Checksum.sha256(of: data))
  }
}
