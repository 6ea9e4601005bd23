import ModelFiles
import TestSupport

extension JSON {
  /// Text that reads back as this value.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let text): text
    case .string(let text): Self.quoted(text)
    case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.value < 0x20:
        "\\u" + String(scalar.value + 0x10000, radix: 16).dropFirst()
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }

  /// This value with one thing in it changed, somewhere in its tree.
  ///
  /// - Parameter words: strings and keys that mean something where the value comes from.
  func edited(_ words: [String], using random: inout SeededGenerator) -> JSON {
    switch self {
    case .array(var values) where !values.isEmpty && random.happens(4, in: 5):
      let index = Int.random(in: 0..<values.count, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0: values.remove(at: index)
      case 1: values.insert(values[index], at: index)
      case 2: values.swapAt(index, values.count - 1)
      default: values[index] = values[index].edited(words, using: &random)
      }
      return .array(values)
    case .object(var members) where !members.isEmpty && random.happens(9, in: 10):
      let index = Int.random(in: 0..<members.count, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0: members.remove(at: index)
      case 1: members.append(members[index])
      case 2: members[index].key = words.randomElement(using: &random)!
      case 3: members.swapAt(index, members.count - 1)
      default: members[index].value = members[index].value.edited(words, using: &random)
      }
      return .object(members)
    case .number(let text) where random.happens(4, in: 5):
      return .number(random.number(near: Int(text) ?? 0))
    case .string where random.happens(4, in: 5):
      return .string(words.randomElement(using: &random)!)
    default:
      return Self.strangers.randomElement(using: &random)!
    }
  }

  /// Values of other kinds.
  private static let strangers: [JSON] = [
    .null, .bool(true), .number("0"), .number("-1"), .string(""), .array([]), .object([]),
    .array([.number("1"), .number("2")]), .string("a\u{1B}[2J\u{202E}"),
  ]
}

extension SeededGenerator {
  mutating func happens(_ times: Int, in all: Int) -> Bool {
    Int.random(in: 0..<all, using: &self) < times
  }

  /// A number as a file has it: one beside another, an end of a range, or none of the kind wanted.
  mutating func number(near value: Int) -> String {
    let texts = [
      "\(value &+ 1)", "\(value &- 1)", "\(value &* 2)", "\(value / 2)", "\(value &+ 4)",
      "\(value &- 4)", "0", "1", "2", "65535", "65536", "2147483647", "4294967296",
      "9223372036854775807", "18446744073709551615", "-\(value)", "\(value).0", "1e3", "1e400",
    ]
    return texts.randomElement(using: &self)!
  }
}
