import Foundation
import ModelFiles
import Testing

@Suite("JSON") struct JSONTests {
  private func read(_ text: String) throws(JSON.SyntaxError) -> JSON { try JSON(Data(text.utf8)) }

  @Test("every kind of value is read, numbers as they are written")
  func values() throws {
    let json = try read(
      "\t{\"a\" : [ true,false , null,\r\n-0.5e+10,\"\u{e9}\" ],\"b\":{ },\"c\":[ ],\"d\":0}\n ")
    #expect(
      json["a"]?.array == [.bool(true), .bool(false), .null, .number("-0.5e+10"), .string("é")])
    #expect(json.members?.map(\.key) == ["a", "b", "c", "d"])
    #expect(json["b"] == .object([]) && json["c"] == .array([]))
    #expect(json["a"]?.array?[3].double == -0.5e10)
    #expect((json["d"]?.count, json["d"]?.double) == (0, 0))
  }

  @Test("what a value is not, is nil")
  func otherKinds() throws {
    let json = try read("[-1, 1.0, 1e999, 99999999999999999999, \"1\"]")
    #expect(json["a"] == nil && json.members == nil && json.string == nil && json.double == nil)
    let values = try #require(json.array)
    #expect(values.map(\.count) == [nil, nil, nil, nil, nil])
    #expect(values.map(\.double) == [-1, 1, nil, 1e20, nil])
    #expect(values[4].string == "1" && values[4].array == nil)
  }

  @Test(
    "escapes are resolved",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\ud83d\ude00""#, "é😀"),
    ])
  func escapes(text: String, expected: String) throws {
    #expect(try read(text) == .string(expected))
  }

  @Test(
    "whatever is no JSON is refused where it is",
    arguments: [
      ("", "ends too early", 0), (" ", "ends too early", 1), ("[1,", "ends too early", 3),
      ("1 2", "has something after its end", 2), ("{} x", "has something after its end", 3),
      ("trUe", "has an unknown word", 0), ("fals", "has an unknown word", 0),
      ("[nul]", "has an unknown word", 1),
      ("{\"a\" 1}", "has no ':' after a key", 5),
      ("{1:2}", "has no string where one is expected", 1),
      ("{\"a\":1 \"b\":2}", "has no ',' or '}' after a member", 7),
      ("{\"a\":1", "has no ',' or '}' after a member", 6),
      ("[1 2]", "has no ',' or ']' after a value", 3), ("[1", "has no ',' or ']' after a value", 2),
      ("[1,]", "has no value where one is expected", 3),
      ("-", "has no value where one is expected", 1),
      ("+1", "has no value where one is expected", 0),
      ("1.", "has no value where one is expected", 2),
      ("1e", "has no value where one is expected", 2),
      ("1e-", "has no value where one is expected", 3),
      ("01", "has something after its end", 1), (".5", "has no value where one is expected", 0),
      ("\"a\nb\"", "has a control character in a string", 2),
      ("\"a\u{1f}\"", "has a control character in a string", 2),
      ("\"a", "has a string without end", 2), ("\"a\\", "has a string without end", 3),
      ("\"a\\\"", "has a string without end", 4), ("\"\\x\"", "has a wrong escape in a string", 0),
      ("{\"a\":1,\"a\":2}", "has the key 'a' twice", 7),
    ])
  func refused(text: String, message: String, offset: Int) {
    let error = #expect(throws: JSON.SyntaxError.self) { _ = try read(text) }
    #expect(error?.message == message && error?.offset == offset, "\(String(describing: error))")
  }

  @Test("nesting ends at 32 levels")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try read(nested(32))
    _ = try read("[\(nested(31)),\(nested(31))]")
    let error = #expect(throws: JSON.SyntaxError.self) { _ = try read(nested(33)) }
    #expect(error?.message == "is nested deeper than 32 levels" && error?.offset == 32)
  }
}
