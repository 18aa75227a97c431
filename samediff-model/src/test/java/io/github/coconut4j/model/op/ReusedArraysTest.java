package io.github.coconut4j.model.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ReusedArraysTest {

  private final ReusedArrays arrays = new ReusedArrays(array -> {});

  @AfterEach
  void close() {
    arrays.close();
  }

  @Test
  void whatWasReleasedIsLentAgainUnderAnotherNumber() {
    INDArray first = arrays.allocate(false, DataType.FLOAT, 2, 3);
    long number = first.getId();
    arrays.release(first);
    INDArray second = arrays.allocate(false, DataType.FLOAT, 2, 3);
    assertThat(second).isSameAs(first);
    assertThat(second.getId()).isNotEqualTo(number);
  }

  @Test
  void anotherShapeOrTypeIsAnotherArray() {
    INDArray first = arrays.allocate(false, DataType.FLOAT, 2, 3);
    arrays.release(first);
    assertThat(arrays.allocate(false, DataType.FLOAT, 3, 2)).isNotSameAs(first);
    assertThat(arrays.allocate(false, DataType.DOUBLE, 2, 3)).isNotSameAs(first);
  }

  @Test
  void whatWasHandedOutIsTheCallersUntilTakenBack() {
    INDArray result = arrays.allocate(true, DataType.FLOAT, 4);
    arrays.handOut(List.of(result));
    arrays.release(result);
    arrays.endRun();
    INDArray next = arrays.allocate(true, DataType.FLOAT, 4);
    assertThat(next).isNotSameAs(result);
    arrays.handOut(List.of(next));
    arrays.endRun();
    arrays.takeBack(result);
    assertThat(arrays.allocate(true, DataType.FLOAT, 4)).isSameAs(result);
  }

  @Test
  void whatARunNeitherReleasedNorHandedOutIsLentAgain() {
    INDArray forgotten = arrays.allocate(false, DataType.FLOAT, 4);
    arrays.endRun();
    assertThat(arrays.allocate(false, DataType.FLOAT, 4)).isSameAs(forgotten);
  }

  @Test
  void idleArraysTakeNoMoreThanTheLargestRunAskedFor() {
    List<INDArray> all = new ArrayList<>();
    for (int columns = 1; columns <= 20; columns++) {
      INDArray array = arrays.allocate(false, DataType.FLOAT, columns);
      arrays.release(array);
      arrays.endRun();
      all.add(array);
    }
    long open = all.stream().filter(array -> !array.wasClosed()).mapToLong(INDArray::length).sum();
    assertThat(open).isBetween(1L, 20L);
  }

  @Test
  void anEmptyShapeGivesAnEmptyArray() {
    INDArray empty = Nd4j.empty(DataType.FLOAT);
    assertThat(arrays.allocate(false, empty.shapeDescriptor()).isEmpty()).isTrue();
  }

  @Test
  void whatARunThatFailedWasLentIsFreedAndDoesNotCount() {
    INDArray kept = arrays.allocate(false, DataType.FLOAT, 4);
    arrays.endRun();
    for (int columns = 100; columns < 110; columns++) {
      INDArray lost = arrays.allocate(false, DataType.FLOAT, columns);
      arrays.startRun();
      assertThat(lost.wasClosed()).isTrue();
    }
    INDArray large = arrays.allocate(false, DataType.FLOAT, 1000);
    arrays.startRun();
    INDArray second = arrays.allocate(false, DataType.FLOAT, 4);
    assertThat(second).isSameAs(kept);
    arrays.endRun();
    INDArray handedOut = Nd4j.createUninitializedDetached(DataType.FLOAT, 900);
    arrays.takeBack(handedOut);
    assertThat(handedOut.wasClosed()).as("more than the largest run that ended").isTrue();
    assertThat(large.wasClosed()).isTrue();
  }

  @Test
  void idleArraysAreFreedWhereMemoryRunsOut() {
    List<INDArray> open = new ArrayList<>();
    ReusedArrays scarce =
        new ReusedArrays(
            (type, shape) -> {
              if (open.stream().anyMatch(array -> !array.wasClosed())) {
                throw new OutOfMemoryError("room for one array");
              }
              open.add(Nd4j.createUninitializedDetached(type, shape));
              return open.get(open.size() - 1);
            });
    scarce.release(scarce.allocate(false, DataType.FLOAT, 4));
    INDArray second = scarce.allocate(false, DataType.FLOAT, 5);
    assertThat(second.length()).isEqualTo(5);

    assertThatThrownBy(() -> scarce.allocate(false, DataType.FLOAT, 6))
        .isInstanceOf(OutOfMemoryError.class);
    scarce.startRun();
    assertThat(scarce.allocate(false, DataType.FLOAT, 6).length()).isEqualTo(6);
    scarce.close();
    assertThat(open).allMatch(INDArray::wasClosed);
  }
}
