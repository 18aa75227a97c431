package io.github.coconut4j.model.safetensors;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.Sha256;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.memory.HostMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Writes safetensors files. */
public final class SafetensorsWriter {

  /** The format aligns a file's data to this many bytes with spaces at the end of the header. */
  private static final int ALIGNMENT = 8;

  /** Number of bytes of an array that are copied to the file at a time. */
  private static final int CHUNK_BYTES = 1 << 16;

  private SafetensorsWriter() {}

  /**
   * Writes a file beside its target and moves it there when it is complete.
   *
   * @param tensors arrays of type FLOAT, DOUBLE, HALF or BFLOAT16 by name; stored as F32, F64, F16
   *     and BF16, in the map's order
   * @param metadata strings to store under {@code __metadata__}
   * @throws IllegalArgumentException if an array is of another type
   * @throws IOException if the file cannot be written
   */
  public static void write(Path target, Map<String, INDArray> tensors, Map<String, String> metadata)
      throws IOException {
    Arguments.requireNonNull(target, "target", "Name the file to write.");
    AtomicFile.replace(target, output -> write(output, tensors, metadata));
  }

  /**
   * Writes a file's content, as {@link #write(Path, Map, Map)} does.
   *
   * @param output not closed
   * @throws IllegalArgumentException if an array is of another type
   * @throws IOException if it cannot be written
   */
  public static void write(
      OutputStream output, Map<String, INDArray> tensors, Map<String, String> metadata)
      throws IOException {
    Arguments.requireNonNull(output, "output", "Give the stream to write to.");
    Arguments.requireNonNull(tensors, "tensors", "Give an empty map for none.");
    writeHeader(output, header(tensors, metadata));
    for (INDArray tensor : tensors.values()) {
      writeTensor(output, tensor);
    }
  }

  /**
   * SHA-256 of the file that {@link #write(Path, Map, Map)} writes; nothing is written.
   *
   * @throws IllegalArgumentException if an array is of another type
   * @throws IOException if an array cannot be read
   */
  public static String sum(Map<String, INDArray> tensors, Map<String, String> metadata)
      throws IOException {
    MessageDigest digest = Sha256.digest();
    try (OutputStream output = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      write(output, tensors, metadata);
    }
    return Sha256.text(digest);
  }

  private static byte[] header(Map<String, INDArray> tensors, Map<String, String> metadata)
      throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(Header.METADATA, metadata);
    long begin = 0;
    for (Map.Entry<String, INDArray> tensor : tensors.entrySet()) {
      StoredType type = type(tensor.getKey(), tensor.getValue());
      long end = begin + tensor.getValue().length() * type.size();
      long[] shape = tensor.getValue().shape();
      json.put(tensor.getKey(), new TensorEntry(type.name(), shape, new long[] {begin, end}));
      begin = end;
    }
    byte[] text = new JsonMapper().writeValueAsBytes(json);
    int padded = (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] header = Arrays.copyOf(text, padded);
    Arrays.fill(header, text.length, padded, (byte) ' ');
    return header;
  }

  private static StoredType type(String name, INDArray tensor) {
    return StoredType.of(tensor.dataType())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Tensor '"
                        + name
                        + "' must be FLOAT, DOUBLE, HALF or BFLOAT16 to be written, but is "
                        + tensor.dataType()
                        + ". Cast it first."));
  }

  private static void writeHeader(OutputStream output, byte[] header) throws IOException {
    ByteBuffer prefix =
        ByteBuffer.allocate(Header.PREFIX_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length);
    output.write(prefix.array());
    output.write(header);
  }

  private static void writeTensor(OutputStream output, INDArray tensor) throws IOException {
    if (HostMemory.isDense(tensor)) {
      HostMemory.read(tensor, (slice, offset) -> write(output, slice));
      return;
    }
    try (INDArray copy = tensor.dup('c')) {
      HostMemory.read(copy, (slice, offset) -> write(output, slice));
    }
  }

  private static void write(OutputStream output, ByteBuffer bytes) throws IOException {
    byte[] chunk = new byte[Math.min(bytes.remaining(), CHUNK_BYTES)];
    while (bytes.hasRemaining()) {
      int count = Math.min(bytes.remaining(), chunk.length);
      bytes.get(chunk, 0, count);
      output.write(chunk, 0, count);
    }
  }
}
