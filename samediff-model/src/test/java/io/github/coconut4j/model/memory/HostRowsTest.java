package io.github.coconut4j.model.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class HostRowsTest {

  /** Of a part of an array, whose rows begin elsewhere in memory. */
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void areThoseOfTheArray(DataType type) {
    INDArray whole = Nd4j.arange(24).castTo(type).reshape(2, 4, 3);
    INDArray part = whole.slice(1);
    HostRows rows = new HostRows(part);
    double[] values = new double[8];

    rows.read(2, values, 4);
    assertThat(values).containsExactly(0, 0, 0, 0, 18, 19, 20, 0);
    rows.add(2, values, 5);
    rows.add(2, values, 5);
    assertThat(part.getRow(2).toDoubleVector()).containsExactly(18 + 38, 19 + 40, 20);
    assertThat(whole.sumNumber().intValue()).isEqualTo(23 * 12 + 2 * 39);
    assertThat(rows.width()).isEqualTo(3);
  }

  @Test
  void otherMemoryIsNeverTouched() {
    HostRows rows = new HostRows(Nd4j.zeros(DataType.FLOAT, 4, 3));
    double[] values = new double[3];
    assertThatThrownBy(() -> rows.read(4, values, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> rows.read(-1, values, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> rows.read(1, values, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> rows.add(1, values, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    INDArray doubles = Nd4j.zeros(DataType.DOUBLE, 4, 3);
    assertThatThrownBy(() -> new HostRows(doubles).read(0, values, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new HostRows(doubles.transpose()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("strides [1, 3]");
    assertThatThrownBy(() -> new HostRows(doubles.castTo(DataType.INT32)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("are INT");
  }

  @Test
  void aClosedArrayHasNone() {
    INDArray array = Nd4j.zeros(DataType.FLOAT, 4, 3);
    HostRows rows = new HostRows(array);
    array.close();
    assertThatThrownBy(() -> rows.read(0, new double[3], 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> rows.add(0, new double[3], 0))
        .isInstanceOf(IllegalStateException.class);
  }
}
