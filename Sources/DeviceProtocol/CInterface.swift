// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of C.

public import CGRU
import GRURuntime

// The functions of gru_device.h; their documentation stands there.

@c @implementation
public func gru_device_open(
  _ device: UnsafeMutablePointer<gru_device_t>?, _ gru: UnsafePointer<gru_t>?,
  _ description: UnsafePointer<gru_device_description_t>?,
  _ port: UnsafePointer<gru_device_port_t>?, _ memory: UnsafeMutableRawPointer?,
  _ memorySize: UInt32
) -> gru_status_t {
  guard let device = unsafe device, let gru = unsafe gru, let model = unsafe gru.pointee.model,
    let description = unsafe description, let port = unsafe port
  else { return GRU_NULL_POINTER }
  // Known when this is compiled.
  guard MemoryLayout<DeviceServer>.size <= MemoryLayout<gru_device_t>.size else {
    return GRU_STATE_SIZE
  }
  do throws(GRUError) {
    let model = try unsafe GRUModel(model.pointee)
    // The handle was opened on memory of these sizes.
    let network = try unsafe GRU(
      model,
      state: UnsafeMutableRawBufferPointer(start: gru.pointee.state, count: model.stateSize),
      scratch: UnsafeMutableRawBufferPointer(start: gru.pointee.scratch, count: model.scratchSize))
    let server = try unsafe DeviceServer(
      network, description.pointee, port: port.pointee,
      memory: UnsafeMutableRawBufferPointer(
        start: memory, count: Int(truncatingIfNeeded: memorySize)))
    unsafe content(of: device).initialize(to: server)
    return GRU_OK
  } catch {
    return gru_status_t(.init(truncatingIfNeeded: error.rawValue))
  }
}

@c @implementation
public func gru_device_receive(
  _ device: UnsafeMutablePointer<gru_device_t>?, _ byte: UInt8
) -> gru_status_t {
  guard let device = unsafe device else { return GRU_NULL_POINTER }
  unsafe content(of: device).pointee.receive(byte)
  return GRU_OK
}

/// The server that lies in a handle's memory.
private func content(
  of device: UnsafeMutablePointer<gru_device_t>
) -> UnsafeMutablePointer<DeviceServer> {
  unsafe UnsafeMutableRawPointer(device).assumingMemoryBound(to: DeviceServer.self)
}
