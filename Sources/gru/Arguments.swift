import ModelFiles

/// An option of a command: `--name VALUE`, or a flag.
struct Option {
  var name: String
  /// What the value is called in help; nil for a flag.
  var value: String?
  var help: String
  /// The values there are, where they are a few words: shells complete them.
  var choices: [String]

  init(_ name: String, _ value: String? = nil, _ help: String, choices: [String] = []) {
    self.name = name
    self.value = value
    self.help = help
    self.choices = choices
  }
}

/// The words after a command's name, sorted into options and operands.
struct Arguments {
  private var values: [String: String] = [:]
  private var flags: Set<String> = []
  private(set) var operands: [String] = []

  init(_ words: [String], options: [Option], operands expected: [String]) throws {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        operands.append(word)
        continue
      }
      guard let option = options.first(where: { $0.name == word }) else {
        let nearest = nearest(to: word, among: options.map(\.name))
        throw Failure.usage(
          "unknown option '\(word)'", hint: nearest.map { "did you mean '\($0)'?" })
      }
      guard values[word] == nil, !flags.contains(word) else {
        throw Failure.usage("option '\(word)' is given twice")
      }
      if option.value == nil {
        flags.insert(word)
      } else {
        guard let value = rest.popFirst(), !options.contains(where: { $0.name == value }) else {
          throw Failure.usage("option '\(word)' needs a value, \(option.value!)")
        }
        guard !value.isEmpty else { throw Failure.usage("option '\(word)' is empty") }
        values[word] = value
      }
    }
    let optional = expected.count { $0.hasPrefix("[") }
    guard (expected.count - optional...expected.count).contains(operands.count) else {
      let wanted = expected.isEmpty ? "none" : expected.joined(separator: " ")
      throw Failure.usage("found \(operands.count) operands \(operands), expected \(wanted)")
    }
  }

  subscript(name: String) -> String? { values[name] }

  /// All operands and the values of these options, where they are given.
  func paths(_ options: String...) -> [String] { operands + options.compactMap { values[$0] } }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  func required(_ name: String) throws -> String {
    guard let value = values[name] else { throw Failure.usage("option '\(name)' is missing") }
    return value
  }

  /// A finite number.
  func number(_ name: String) throws -> Double? {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), value.isFinite else {
      throw Failure.usage("option '\(name)' is '\(text)', expected a number")
    }
    return value
  }

  /// A finite number above 0.
  func positiveNumber(_ name: String) throws -> Double? {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), value.isFinite, value > 0 else {
      throw Failure.usage("option '\(name)' is '\(text)', expected a number above 0")
    }
    return value
  }

  /// A whole number above 0.
  func count(_ name: String) throws -> Int? {
    guard let text = values[name] else { return nil }
    guard let value = Int(text), value > 0 else {
      throw Failure.usage("option '\(name)' is '\(text)', expected a whole number above 0")
    }
    return value
  }
}
