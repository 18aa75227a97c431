package io.github.coconut4j.model.cuda;

import org.bytedeco.javacpp.Pointer;

/** An address in the GPU's memory as the bindings take it; the host must not read there. */
final class GpuAddress extends Pointer {

  GpuAddress(long address) {
    super((Pointer) null);
    this.address = address;
  }
}
