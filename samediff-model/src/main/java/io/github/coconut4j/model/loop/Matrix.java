package io.github.coconut4j.model.loop;

/**
 * Where a row-major float32 matrix, or a part of one, lies in a device's memory. A vector is a
 * matrix of one row.
 *
 * @param address of its first element; only the device's {@link LayerOperations} read it
 * @param rows number of rows
 * @param columns floats of a row
 * @param stride floats from the start of a row to that of the next
 * @param owner what has to stay reachable as long as the address is used, or null where a {@link
 *     RowBuffer} owns the memory
 */
public record Matrix(long address, long rows, long columns, long stride, Object owner) {

  /** A matrix whose rows follow each other without gaps, in memory that the device owns. */
  public static Matrix dense(long address, long rows, long columns) {
    return new Matrix(address, rows, columns, columns, null);
  }

  /** Whether the rows follow each other without gaps. */
  public boolean isDense() {
    return stride == columns;
  }

  /** The same values in rows of another length; a matrix without gaps between its rows. */
  public Matrix reshape(long newColumns) {
    return new Matrix(address, rows * columns / newColumns, newColumns, newColumns, owner);
  }

  /** The rows [from, from + count). */
  public Matrix rows(long from, long count) {
    return new Matrix(address + from * stride * Float.BYTES, count, columns, stride, owner);
  }

  /** The columns [from, from + count). */
  public Matrix columns(long from, long count) {
    return new Matrix(address + from * Float.BYTES, rows, count, stride, owner);
  }

  /** The address of the row {@code index}. */
  public long row(long index) {
    return address + index * stride * Float.BYTES;
  }
}
