package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.loop.Matrix;
import lombok.RequiredArgsConstructor;

/** Products with a kernel of this module. It is slow, and serves to check cuBLASLt. */
@RequiredArgsConstructor
final class PlainProducts implements Products {

  private static final int TILE = 16;

  private final Gpu gpu;

  @Override
  public void multiply(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c) {
    gpu.launch(
        a.matrix().bfloat16() ? "productBfloat16" : "product",
        Grid.tiles(c.rows(), c.columns(), TILE),
        a.matrix().address(),
        a.matrix().stride(),
        a.transposed() ? 1 : 0,
        b.matrix().address(),
        b.matrix().stride(),
        b.transposed() ? 1 : 0,
        bias == null ? 0L : bias.address(),
        addend == null ? 0L : addend.address(),
        addend == null ? 0L : addend.stride(),
        c.address(),
        c.stride(),
        (int) c.rows(),
        (int) c.columns(),
        (int) a.columns());
  }

  @Override
  public void close() {
    // There is nothing to free.
  }
}
