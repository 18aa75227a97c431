package io.github.coconut4j.model.safetensors;

import io.github.coconut4j.model.ModelFormatException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks that a header's tensors cover the file's data without gap or overlap, and that each fills
 * its range exactly, as the format's reference implementation does.
 */
final class TensorLayout {

  /** ND4J's limit. */
  private static final int MAX_RANK = 32;

  private final Path file;
  private final long dataBytes;
  private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();

  TensorLayout(Path file, long dataBytes) {
    this.file = file;
    this.dataBytes = dataBytes;
  }

  /**
   * Adds a tensor.
   *
   * @throws ModelFormatException if its type is unknown, or its range is outside the data or does
   *     not match its type and shape
   */
  void add(String name, TensorEntry entry) {
    requireType(name, entry.dtype());
    long[] offsets = entry.dataOffsets();
    require(
        offsets.length == 2
            && 0 <= offsets[0]
            && offsets[0] <= offsets[1]
            && offsets[1] <= dataBytes,
        name,
        "must have data_offsets [begin, end] within the " + dataBytes + " bytes of data",
        offsets);
    int rank = entry.shape().length;
    require(rank <= MAX_RANK, name, "must have at most 32 dimensions", rank);
    require(
        isFilledBy(entry),
        name,
        "must have a shape that fills its "
            + entry.bytes()
            + " bytes with "
            + entry.type()
            + " numbers",
        entry.shape());
    tensors.put(name, entry);
  }

  /**
   * All tensors, in the order in which they were added.
   *
   * @throws ModelFormatException if two overlap, or bytes belong to no tensor
   */
  Map<String, TensorEntry> tensors() {
    List<Map.Entry<String, TensorEntry>> byPlace =
        tensors.entrySet().stream()
            .sorted(
                Comparator.comparingLong((Map.Entry<String, TensorEntry> e) -> e.getValue().begin())
                    .thenComparingLong(e -> e.getValue().end()))
            .toList();
    long end = 0;
    for (Map.Entry<String, TensorEntry> tensor : byPlace) {
      long begin = tensor.getValue().begin();
      require(begin == end, tensor.getKey(), "must begin at byte " + end + " of the data", begin);
      end = tensor.getValue().end();
    }
    if (end != dataBytes) {
      throw new ModelFormatException(
          "The data of " + file,
          "must be " + end + " bytes long, as its header says",
          dataBytes + " bytes",
          Header.REMEDY);
    }
    return Collections.unmodifiableMap(tensors);
  }

  private void requireType(String name, String dtype) {
    List<StoredType> types = List.of(StoredType.values());
    boolean isKnown = types.stream().anyMatch(type -> type.name().equals(dtype));
    require(isKnown, name, "must be of one of " + types, dtype);
  }

  private static boolean isFilledBy(TensorEntry entry) {
    try {
      long bytes = entry.type().size();
      for (long size : entry.shape()) {
        if (size < 0) {
          return false;
        }
        bytes = Math.multiplyExact(bytes, size);
      }
      return bytes == entry.bytes();
    } catch (ArithmeticException e) { // more bytes than any file can have
      return false;
    }
  }

  private void require(boolean holds, String tensor, String requirement, Object found) {
    if (!holds) {
      throw problem(tensor, requirement, found);
    }
  }

  private ModelFormatException problem(String tensor, String requirement, Object found) {
    String text = found instanceof long[] numbers ? text(numbers) : String.valueOf(found);
    return new ModelFormatException(
        "Tensor '" + tensor + "' of " + file, requirement, text, Header.REMEDY);
  }

  private static String text(long[] numbers) {
    return numbers.length <= MAX_RANK
        ? Arrays.toString(numbers)
        : "a list of " + numbers.length + " numbers";
  }
}
