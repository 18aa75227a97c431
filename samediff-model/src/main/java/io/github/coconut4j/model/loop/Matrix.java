package io.github.coconut4j.model.loop;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A row-major matrix, or a part of one, in a device's memory. A vector is a matrix of one row.
 * Values are float32; weights of linear layers and token tables may be bfloat16.
 *
 * @param address of its first element; only the device's {@link LayerOperations} read it
 * @param rows number of rows
 * @param columns values per row
 * @param stride values from the start of a row to that of the next
 * @param bfloat16 whether the values are bfloat16
 * @param owner object that must stay reachable as long as the address is used, or null if a {@link
 *     RowBuffer} owns the memory
 */
public record Matrix(
    long address, long rows, long columns, long stride, boolean bfloat16, Object owner) {

  /** Makes a matrix of float32. */
  public Matrix(long address, long rows, long columns, long stride, Object owner) {
    this(address, rows, columns, stride, false, owner);
  }

  /**
   * A dense array in a device's memory, as a matrix whose rows are the array's last dimension; it
   * keeps the array's values reachable.
   *
   * @param address of the array's first value on the device
   */
  public static Matrix of(long address, INDArray array) {
    long columns = array.rank() == 0 ? 1 : array.size(array.rank() - 1);
    long rows = columns == 0 ? 0 : array.length() / columns;
    boolean bfloat16 = array.dataType() == DataType.BFLOAT16;
    return new Matrix(address, rows, columns, columns, bfloat16, array.data());
  }

  /** A matrix whose rows follow each other without gaps, in memory that the device owns. */
  public static Matrix dense(long address, long rows, long columns) {
    return new Matrix(address, rows, columns, columns, null);
  }

  /** Whether the rows follow each other without gaps. */
  public boolean isDense() {
    return stride == columns;
  }

  /** The same values in rows of another length; only for a matrix without gaps between its rows. */
  public Matrix reshape(long newColumns) {
    return new Matrix(
        address, rows * columns / newColumns, newColumns, newColumns, bfloat16, owner);
  }

  /** The rows [from, from + count). */
  public Matrix rows(long from, long count) {
    return new Matrix(row(from), count, columns, stride, bfloat16, owner);
  }

  /** The columns [from, from + count). */
  public Matrix columns(long from, long count) {
    return new Matrix(address + from * bytes(), rows, count, stride, bfloat16, owner);
  }

  /** The address of the row {@code index}. */
  public long row(long index) {
    return address + index * stride * bytes();
  }

  private long bytes() {
    return bfloat16 ? Short.BYTES : Float.BYTES;
  }
}
