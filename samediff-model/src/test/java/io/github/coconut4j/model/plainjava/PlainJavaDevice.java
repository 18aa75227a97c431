package io.github.coconut4j.model.plainjava;

import io.github.coconut4j.model.loop.Device;
import io.github.coconut4j.model.loop.LayerOperations;
import io.github.coconut4j.model.loop.Matrix;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Two workers, one after the other, with memory of their own that arrays are copied to and from.
 */
final class PlainJavaDevice implements Device {

  private final Heap heap = new Heap();
  private final List<PlainJavaOperations> operations =
      List.of(new PlainJavaOperations(heap), new PlainJavaOperations(heap));
  private final Map<Matrix, INDArray> outputs = new HashMap<>();

  @Override
  public int workers() {
    return operations.size();
  }

  @Override
  public LayerOperations operations(int worker) {
    return operations.get(worker);
  }

  @Override
  public void run(int[] workers, IntConsumer task) {
    IntStream.of(workers).forEach(task);
  }

  @Override
  public Matrix input(INDArray array, String name, long... shape) {
    Matrix matrix = place(array, name, shape);
    float[] values = array.dup('c').data().asFloat();
    for (int i = 0; i < values.length; i++) {
      heap.put(matrix, i / matrix.columns(), i % matrix.columns(), values[i]);
    }
    return matrix;
  }

  private Matrix place(INDArray array, String name, long... shape) {
    if (!Arrays.equals(array.shape(), shape) || array.dataType() != DataType.FLOAT) {
      throw new IllegalArgumentException(
          "Needs %s of shape %s, but was given %s"
              .formatted(name, Arrays.toString(shape), array.shapeInfoToString()));
    }
    long columns = array.size(array.rank() - 1);
    return Matrix.dense(heap.allocate(array.length()), array.length() / columns, columns);
  }

  @Override
  public Matrix output(INDArray array, String name, long... shape) {
    Matrix matrix = place(array, name, shape);
    outputs.put(matrix, array);
    return matrix;
  }

  @Override
  public void finish() {
    outputs.forEach(
        (matrix, array) -> {
          float[] values = new float[(int) array.length()];
          for (int i = 0; i < values.length; i++) {
            values[i] = heap.get(matrix, i / matrix.columns(), i % matrix.columns());
          }
          array.assign(Nd4j.createFromArray(values).reshape(array.shape()));
          heap.free(matrix.address());
        });
    outputs.clear();
  }

  @Override
  public void close() {
    operations.forEach(PlainJavaOperations::close);
  }
}
