package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.model.ArrayDifference;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Bare products against ND4J's. */
class ProductKernelTest {

  @Test
  void multipliesTogetherAndApart() {
    INDArray a = Nd4j.rand(DataType.FLOAT, 37, 19);
    INDArray b = Nd4j.rand(DataType.FLOAT, 19, 23);
    INDArray expected = a.mmul(b);
    INDArray together = Nd4j.create(DataType.FLOAT, 37, 23);
    INDArray apart = Nd4j.create(DataType.FLOAT, 37, 23);
    try (ProductKernel kernel = new ProductKernel()) {
      kernel.multiplyTogether(a, b, together);
      kernel.multiplyApart(a, b, apart);
    }
    assertThat(ArrayDifference.between(together, expected).isWithin(1e-5)).isTrue();
    assertThat(ArrayDifference.between(apart, expected).isWithin(1e-5)).isTrue();
  }
}
