// swift-tools-version: 6.2
import Foundation
import PackageDescription

// A board is a folder with Board.swift, board.sh and memory.ld; see Firmware/build, which sets these.
let board = Context.environment["BOARD"] ?? "qemu-mps2-an386"
let boardFolder = Context.environment["BOARD_FOLDER"] ?? board
let boardFiles = try FileManager.default.contentsOfDirectory(
  atPath: "\(Context.packageDirectory)/Boards/\(boardFolder)")
let generated: [CSetting] = [.headerSearchPath("../generated/\(board)")]

let runtime = Target.Dependency.product(name: "GRURuntime", package: "gru")

let package = Package(
  name: "Firmware",
  dependencies: [.package(name: "gru", path: "..")],
  targets: [
    .executableTarget(
      name: "Replay", dependencies: ["Board", "Printing", "ReplayModels", "Startup", runtime],
      swiftSettings: [.strictMemorySafety()]),
    .executableTarget(
      name: "Benchmark",
      dependencies: ["BenchmarkModel", "Board", "Printing", "Startup", "Timing", runtime],
      swiftSettings: [.strictMemorySafety()]),
    .executableTarget(
      name: "Live",
      dependencies: [
        "Board", "LiveModel", "Printing", "Startup", "Timing", runtime,
        .product(name: "LiveDisplay", package: "gru"),
      ],
      swiftSettings: [.strictMemorySafety()]),
    .executableTarget(
      name: "Device",
      dependencies: [
        "Board", "DeviceModel", "Printing", "Startup", runtime,
        .product(name: "DeviceProtocol", package: "gru"),
      ],
      swiftSettings: [.strictMemorySafety()]),
    .executableTarget(
      name: "Faults",
      dependencies: ["Board", "FaultTests", "Printing", "ReplayModels", "Startup", runtime],
      swiftSettings: [.strictMemorySafety()]),
    .target(name: "FaultTests", dependencies: ["ReplayModels", runtime]),

    // The networks' headers, which Firmware/build puts into Models/generated/<board>.
    .target(
      name: "ReplayModels", dependencies: [runtime], path: "Models/Replay", cSettings: generated),
    .target(
      name: "BenchmarkModel", dependencies: [runtime], path: "Models/Benchmark",
      cSettings: generated),
    .target(
      name: "LiveModel", dependencies: [runtime], path: "Models/Live", cSettings: generated),
    .target(
      name: "DeviceModel", dependencies: [runtime], path: "Models/Device", cSettings: generated),

    .target(
      name: "Printing", dependencies: ["Board"],
      swiftSettings: [
        .enableUpcomingFeature("InternalImportsByDefault"), .strictMemorySafety(),
      ]),
    .target(
      name: "Board", dependencies: ["Peripherals", "Startup"], path: "Boards/\(boardFolder)",
      exclude: boardFiles.filter { $0 != "Board.swift" },
      swiftSettings: [.enableExperimentalFeature("Volatile"), .strictMemorySafety()]),
    .target(
      name: "Peripherals",
      swiftSettings: [.enableExperimentalFeature("Volatile"), .strictMemorySafety()]),
    .target(
      name: "Timing", dependencies: ["Startup"], swiftSettings: [.strictMemorySafety()]),
    .target(name: "Startup"),
  ]
)
