package io.github.coconut4j.model.safetensors;

import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.memory.HostMemory;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A safetensors file, open for reading. A tensor takes memory only when it is read.
 *
 * <p>The header is checked as a whole when the file is opened, so that a damaged or hostile file is
 * rejected before anything is allocated for it. Instances may be shared between threads, and an
 * interrupt of one does not close the file.
 */
public final class SafetensorsFile implements AutoCloseable {

  private final Path file;
  private final PositionedReader reader;
  private final Header header;

  private SafetensorsFile(Path file, PositionedReader reader, Header header) {
    this.file = file;
    this.reader = reader;
    this.header = header;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws ModelFormatException if it is malformed, or is one of PyTorch's pickle files
   * @throws IOException if it cannot be read
   */
  public static SafetensorsFile open(Path file) throws IOException {
    Arguments.requireNonNull(file, "file", "Name the file to open.");
    PositionedReader reader = PositionedReader.open(file);
    try {
      return new SafetensorsFile(file, reader, new HeaderReader(file, reader).read());
    } catch (IOException | RuntimeException | Error e) {
      reader.close();
      throw e;
    }
  }

  /** Names of the tensors, in the header's order. */
  public Set<String> names() {
    return header.tensors().keySet();
  }

  /** The strings stored with the tensors; empty if there are none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * The shape of a tensor; of length 0 for a scalar.
   *
   * @throws IllegalArgumentException if the file has no tensor of that name
   */
  public long[] shape(String name) {
    return entry(name).shape().clone();
  }

  /**
   * Reads a tensor stored as F32, F16, BF16 or F64.
   *
   * @return a new array of type FLOAT in 'c' order
   * @throws IllegalArgumentException if the file has no tensor of that name
   * @throws ModelFormatException if the tensor is of another type
   * @throws IOException if the file cannot be read
   */
  public INDArray read(String name) throws IOException {
    return read(name, DataType.FLOAT);
  }

  /**
   * Reads a tensor stored as F32, F16, BF16 or F64. Only the array takes memory and, if its type
   * differs from the tensor's, one array of the tensor's type.
   *
   * @param type FLOAT or BFLOAT16; values of other types are rounded to BFLOAT16 to the nearest,
   *     ties to even
   * @return a new array of that type in 'c' order
   * @throws IllegalArgumentException if the file has no tensor of that name, or {@code type} is
   *     another
   * @throws ModelFormatException if the tensor is of another type
   * @throws IOException if the file cannot be read
   */
  public INDArray read(String name, DataType type) throws IOException {
    if (type != DataType.FLOAT && type != DataType.BFLOAT16) {
      throw new IllegalArgumentException(
          "Tensors are read as FLOAT or BFLOAT16, but the type is "
              + type
              + ". Choose one of these, and cast the array.");
    }
    TensorEntry entry = entry(name);
    INDArray stored = Nd4j.createUninitialized(dataType(name, entry), entry.shape(), 'c');
    try {
      HostMemory.fill(stored, (slice, offset) -> fill(slice, entry, offset));
    } catch (IOException | RuntimeException | Error e) {
      stored.close();
      throw e;
    }
    if (stored.dataType() == type) {
      return stored;
    }
    try (INDArray other = stored) {
      return cast(other, type);
    }
  }

  /** Half precision and doubles become floats first, as for type FLOAT. */
  private static INDArray cast(INDArray stored, DataType type) {
    if (type == DataType.FLOAT || stored.dataType() == DataType.FLOAT) {
      return stored.castTo(type);
    }
    try (INDArray floats = stored.castTo(DataType.FLOAT)) {
      return floats.castTo(type);
    }
  }

  /** Copies from the file, since mapped pages would count as the process's memory. */
  private void fill(ByteBuffer slice, TensorEntry entry, long offset) throws IOException {
    long position = header.dataStart() + entry.begin() + offset;
    if (!reader.fill(slice, position)) {
      throw new EOFException(
          file + " ended at byte " + reader.size() + " while it was read. Copy it again.");
    }
  }

  private DataType dataType(String name, TensorEntry entry) {
    return entry
        .type()
        .dataType()
        .orElseThrow(
            () ->
                new ModelFormatException(
                    "Tensor '" + name + "' of " + file,
                    "must be stored as F32, F16, BF16 or F64 to be read",
                    entry.type(),
                    "Convert it, for instance with PyTorch's tensor.float()."));
  }

  private TensorEntry entry(String name) {
    TensorEntry entry = header.tensors().get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "A tensor of " + file + " must be one of " + names() + ", but is " + name + ".");
    }
    return entry;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
