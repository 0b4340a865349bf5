/// Finds what is wrong with a plan: buffers that do not lie in the memory that is there, loops that do not cover the batch,
/// steps that would read something else than what was written for them. It shares no code with the planner, so that it
/// cannot share its mistakes.
public enum PlanVerifier {
  /// What is wrong with `plan`, one sentence per fault; empty where nothing is.
  public static func faults(in plan: Plan) -> [String] {
    let faults = PlaceCheck.faults(in: plan) + LoopCheck.faults(in: plan)
    // Only a plan whose places and loops are sound can be played.
    if !faults.isEmpty { return faults }
    return Playback.faults(in: plan)
  }

  /// Traps with the first fault: a bug of the pass named.
  public static func verify(_ plan: Plan, after pass: String) {
    if let fault = faults(in: plan).first { preconditionFailure("\(pass): \(fault)") }
  }
}
