// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of C.

public import CGRU

// One function for each kernel of gru_kernels.h. The constants of CGRU.c lead here, so that an image
// holds those that its models name and no others.

@c @implementation
public func gru_step_reset_after_int8_pairs(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int8Pairs>.stepResetAfter(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_step_reset_before_int8_pairs(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int8Pairs>.stepResetBefore(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_apply_dense_int8_pairs(
  _ layer: UnsafePointer<gru_layer_t>?, _ input: UnsafePointer<Int16>?,
  _ output: UnsafeMutablePointer<Int32>?, _ next: UnsafeMutablePointer<Int16>?
) {
  unsafe Dense<Int8Pairs>.apply(layer.unsafelyUnwrapped.pointee, input, output, next)
}

@c @implementation
public func gru_step_reset_after_int8_quads(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int8Quads>.stepResetAfter(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_step_reset_before_int8_quads(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int8Quads>.stepResetBefore(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_apply_dense_int8_quads(
  _ layer: UnsafePointer<gru_layer_t>?, _ input: UnsafePointer<Int16>?,
  _ output: UnsafeMutablePointer<Int32>?, _ next: UnsafeMutablePointer<Int16>?
) {
  unsafe Dense<Int8Quads>.apply(layer.unsafelyUnwrapped.pointee, input, output, next)
}

@c @implementation
public func gru_step_reset_after_int8_wide(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int8Wide>.stepResetAfter(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_step_reset_before_int8_wide(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int8Wide>.stepResetBefore(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_apply_dense_int8_wide(
  _ layer: UnsafePointer<gru_layer_t>?, _ input: UnsafePointer<Int16>?,
  _ output: UnsafeMutablePointer<Int32>?, _ next: UnsafeMutablePointer<Int16>?
) {
  unsafe Dense<Int8Wide>.apply(layer.unsafelyUnwrapped.pointee, input, output, next)
}

@c @implementation
public func gru_step_reset_after_int16_quads(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int16Quads>.stepResetAfter(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_step_reset_before_int16_quads(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<Int16Quads>.stepResetBefore(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_apply_dense_int16_quads(
  _ layer: UnsafePointer<gru_layer_t>?, _ input: UnsafePointer<Int16>?,
  _ output: UnsafeMutablePointer<Int32>?, _ next: UnsafeMutablePointer<Int16>?
) {
  unsafe Dense<Int16Quads>.apply(layer.unsafelyUnwrapped.pointee, input, output, next)
}

@c @implementation
public func gru_step_reset_after_any(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<AnyKernel>.stepResetAfter(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_step_reset_before_any(_ step: UnsafeMutablePointer<gru_cell_step_t>?) {
  unsafe Cell<AnyKernel>.stepResetBefore(step.unsafelyUnwrapped)
}

@c @implementation
public func gru_apply_dense_any(
  _ layer: UnsafePointer<gru_layer_t>?, _ input: UnsafePointer<Int16>?,
  _ output: UnsafeMutablePointer<Int32>?, _ next: UnsafeMutablePointer<Int16>?
) {
  unsafe Dense<AnyKernel>.apply(layer.unsafelyUnwrapped.pointee, input, output, next)
}
