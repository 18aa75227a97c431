package io.github.coconut4j.model.cuda;

import org.bytedeco.javacpp.Pointer;

/** An address in GPU memory as the bindings take it. The host must not read from it. */
final class GpuAddress extends Pointer {

  GpuAddress(long address) {
    super((Pointer) null);
    this.address = address;
  }
}
