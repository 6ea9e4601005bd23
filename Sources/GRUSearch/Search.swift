import FloatGRU
import GRUHarness
public import GRUQuantizer
import GRURuntime
public import ModelFiles

/// Chooses among integers by measuring: every choice is judged by the runtime's own trajectories
/// over calibration data that was held back from fitting.
public struct Search: Sendable {
  public struct Options: Sendable {
    /// The best way to round that may be used; a simpler one is kept wherever it is better.
    public var rounding = Rounder.Method.tuned
    /// Whether cells keep a carry; nil: where it is worth it.
    public var carry: Bool?
    package var steps = RoundingSteps.all

    public init(rounding: Rounder.Method = .tuned, carry: Bool? = nil) {
      self.rounding = rounding
      self.carry = carry
    }

    package init(steps: RoundingSteps) { self.steps = steps }
  }

  /// How far the work has come.
  public struct Stage: Sendable {
    public var name: String
    /// Of this stage, 0 to 1.
    public var fraction: Double
  }

  /// What was chosen, and the choices that led there.
  public struct Result {
    public var network: QuantizedNetwork
    public var widths: Widths
    public var rounding: Rounder.Method
    /// Times that the weights were moved after the float trajectories.
    public var passes: Int
    public var input: InputFormat
    /// Of the hidden state over the held-back data, before anything was fitted to it: dB, of the
    /// worst cell.
    public var sqnr: Double
  }

  let quantizer: Quantizer
  let options: Options
  let split: CalibrationSplit
  private let progress: (@Sendable (Stage) -> Void)?
  /// Over all of the data: what is fitted to comes first.
  private let run: TracedRecording
  private let (fit, held): (FloatRun, FloatRun)

  /// Multiply-accumulates that the rows' second moments may take, which bounds the time.
  private static let fittingWork = 1.5e10
  private static let fittingSteps = 1_024...16_384
  /// Bytes that the float run over the data, and the runtime's errors in it, may take.
  private static let fittingMemory = 48e6

  public init(
    _ quantizer: Quantizer, calibration: Sequences, options: Options = Options(),
    progress: (@Sendable (Stage) -> Void)? = nil
  ) {
    self.quantizer = quantizer
    self.options = options
    self.progress = progress
    split = CalibrationSplit(
      calibration, limit: Self.fittingSteps(for: quantizer.network),
      redraws: options.steps.contains(.redraws))
    run = TracedRecording(of: quantizer.network, over: split.whole)
    fit = FloatRun(split.fit, in: run.recording)
    held = FloatRun(
      split.held, in: run.recording, from: split.suffices ? split.fit.steps : 0)
  }

  private static func fittingSteps(for network: Network) -> Int {
    let work = Int(min(fittingWork / network.workPerStep, Double(fittingSteps.upperBound)))
    let fitting = max(CalibrationSplit.fewestSteps, Int(fittingMemory / network.memoryPerStep))
    return min(max(fittingSteps.lowerBound, work), fitting)
  }

  // MARK: Fixed widths

  /// The best that these widths allow: each way of rounding with all that is chosen for it, and
  /// then the best of them tuned, which only ever helps.
  public func best(_ widths: Widths) throws -> Result {
    let widths = quantizer.allowed(widths)
    var (nearest, best): (RoundedNetwork?, Candidate?)
    for method in methods(widths) {
      let rounded = rounder(method, fit).round(widths)
      nearest = nearest ?? rounded
      var candidate = try Candidate(self, rounded, widths, method)
      if options.steps.contains(.headroom) { try chooseInput(&candidate) }
      if options.steps.contains(.carries) { try chooseCarries(&candidate) }
      if best.map({ candidate.sqnr > $0.sqnr }) ?? true { best = candidate }
    }
    return try tuned(best!, nearest: nearest!)
  }

  /// Nearest rounding first, which needs no data, then what the options allow and the data bears.
  /// Where all weights have 16 bits, there is nothing to make up for.
  private func methods(_ widths: Widths) -> [Rounder.Method] {
    let isFine = quantizer.network.blocks.allSatisfy { widths[$0] == .int16 }
    let last = isFine || !split.suffices ? .nearest : options.rounding
    let methods = Rounder.Method.allCases
    return methods[...methods.firstIndex(of: last)!].filter {
      $0 != .tuned || options.steps.contains(.traces)
    }
  }

  func roundings(_ method: Rounder.Method, of widths: [Widths]) -> RoundingChoices {
    rounder(method, fit).choices(for: widths)
  }

  private func rounder(_ method: Rounder.Method, _ run: FloatRun) -> Rounder {
    Rounder(quantizer.network, method, self.run.prefix(run.data.steps), steps: options.steps) {
      report("rounding, \(method)", $0)
    }
  }

  // MARK: One thing at a time

  /// dB that more headroom may cost: less is noise.
  private static let headroomPrice = 2.0
  /// dB that a carry must bring to be worth its memory.
  private static let carryGain = 1.0

  /// The most headroom that costs next to nothing.
  private func chooseInput(_ candidate: inout Candidate) throws {
    guard case .vector = candidate.network.input, case .vector = quantizer.network.input else {
      return
    }
    var formats = InputFormat.uniform.filter { $0.headroom > 1 }
    if quantizer.allowsScalePerFeature(candidate.widths) {
      formats = formats.flatMap {
        [$0, InputFormat(headroom: $0.headroom, isPerFeature: true)]
      }
    }
    let fallbacks = InputFormat.uniform
    let trials = try formats.map { format in
      try candidate.with(
        self, inputs: [format] + fallbacks.filter { $0.headroom < format.headroom })
    }
    let best = trials.map(\.sqnr).max()!
    candidate = trials.first { $0.sqnr >= best - Self.headroomPrice }!
  }

  private func chooseCarries(_ candidate: inout Candidate) throws {
    for (index, layer) in quantizer.network.layers.enumerated() {
      guard case .gru = layer else { continue }
      let carries = candidate.carries.union([index])
      switch options.carry {
      case false?: continue
      case true?: candidate = try candidate.with(self, carries: carries)
      case nil:
        // Nothing of a carry is fitted, and only a long run shows what a short state forgets.
        let trial = try candidate.with(self, carries: carries)
        let gain =
          try Trial(trial.network, over: fit).sqnr(ofLayer: index)
          - Trial(candidate.network, over: fit).sqnr(ofLayer: index)
        if gain >= Self.carryGain { candidate = trial }
      }
    }
  }

  /// What follows the last cell is fitted to float states, and judged only here: it stays at the
  /// nearest integers where the output is closer with them.
  private func chooseOutputs(_ candidate: inout Candidate, nearest: RoundedNetwork) throws {
    let other = try candidate.with(self, rounded: candidate.rounded.takingOutputs(from: nearest))
    if other.trial.outputSQNR > candidate.trial.outputSQNR { candidate = other }
  }

  // MARK: Through time

  /// Shares of the remaining error that a pass asks from each row.
  private static let shares = (first: 1.0, last: 0.1)
  /// Rounds of passes at most: those that held-back data judges, and those fitted to it too.
  private static let mostRounds = (judged: 8, whole: 3)
  /// dB that a pass must bring.
  private static let passGain = 0.02

  /// Moves the weights after the trajectories, for as long as held-back data gains by it, and then
  /// fits to all of the data.
  private func tuned(_ candidate: Candidate, nearest: RoundedNetwork) throws -> Result {
    var (moved, passes) = (candidate, 0)
    let mayMove = options.rounding == .tuned && candidate.method != .nearest
    if mayMove, options.steps.contains(.passes) {
      passes = try move(&moved, after: fit, atMost: Self.mostRounds.judged) { $0.sqnr }
    }
    let sqnr = moved.sqnr
    if mayMove, options.steps.contains(.whole) { passes = try fitWhole(&moved) ?? passes }
    if options.steps.contains(.outputs) { try chooseOutputs(&moved, nearest: nearest) }
    return Result(
      network: moved.network, widths: moved.widths, rounding: moved.method, passes: passes,
      input: moved.inputs[0], sqnr: sqnr)
  }

  /// Rounds anew and fits to all of the data, what was held back included, where that may not lose.
  ///
  /// - Returns: how many passes that took; nil where the weights at hand stay.
  private func fitWhole(_ candidate: inout Candidate) throws -> Int? {
    let (whole, least) = (FloatRun(split.whole, in: run.recording), candidate.sqnr)
    func rating(_ candidate: Candidate) throws -> Double {
      candidate.sqnr < least ? -.infinity : try Trial(candidate.network, over: whole).sqnr
    }
    var anew = try candidate.with(
      self, rounded: rounder(candidate.method, whole).round(candidate.widths))
    let passes = try move(&anew, after: whole, atMost: Self.mostRounds.whole, by: rating)
    guard try rating(anew) > rating(candidate) else { return nil }
    candidate = anew
    return passes
  }

  /// Moves the weights after the trajectories of a run, each time as far as it improves the rating,
  /// which is in dB. The gates of a unit would all take back the same error: they take turns.
  ///
  /// - Returns: how many times.
  private func move(
    _ candidate: inout Candidate, after run: FloatRun, atMost rounds: Int,
    by rating: (Candidate) throws -> Double
  ) throws -> Int {
    let rounder = rounder(.tuned, run)
    var (passes, share, best) = (0, Self.shares.first, try rating(candidate))
    for round in 0..<rounds where share >= Self.shares.last {
      report("tuning", Double(round) / Double(rounds))
      let before = passes
      for gate in GateIndex.allCases.reversed() {
        let errors = try Trial(candidate.network, over: run, keepsErrors: true).errors
        let moved = try candidate.with(
          self,
          rounded: rounder.refined(candidate.rounded, gate, errors: errors, share: share))
        let rated = try rating(moved)
        guard rated > best + Self.passGain else { continue }
        (candidate, best) = (moved, rated)
        passes += 1
      }
      if passes == before { share /= 2 }
    }
    return passes
  }

  /// Over the held-back data.
  func measure(_ network: QuantizedNetwork) throws(GRUError) -> Trial {
    try Trial(network, over: held)
  }

  func report(_ name: String, _ fraction: Double) {
    progress?(Stage(name: name, fraction: fraction))
  }
}

extension Network {
  /// Bytes for each step to fit to, with half a step more that is held back.
  fileprivate var memoryPerStep: Double {
    // Of an input: as recorded, and in Double where data are redrawn.
    let numbers = layers.reduce(readsTokens ? 0 : 3 * inputSize) { numbers, layer in
      // Of a cell: its state, five numbers of its traces, and the errors of two runs.
      if case .gru = layer { numbers + 8 * layer.outputSize } else { numbers + layer.outputSize }
    }
    return 1.5 * Double(MemoryLayout<Float>.size * numbers)
  }

  /// Multiply-accumulates that one step adds to the second moments of all rows.
  fileprivate var workPerStep: Double {
    layers.reduce(0) { work, layer in
      guard case .gru(let gru) = layer else { return work }
      let columns = Double(gru.inputSize + gru.hiddenSize)
      return work + 1.5 * Double(gru.hiddenSize) * columns * columns
    }
  }
}
