package io.github.coconut4j.model.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Index arrays in the GPU's memory. Until {@link #clear} an array is known by its identity and
 * copied there once.
 */
final class IndexLists implements AutoCloseable {

  /** Room that is taken at a time. */
  static final int CHUNK_BYTES = 1 << 20;

  /** Of each array, so that a vector load would be aligned. */
  private static final int ALIGNMENT = 16;

  private final Gpu gpu;
  private final IdentityHashMap<int[], Long> known = new IdentityHashMap<>();
  private final IdentityHashMap<int[], RowGroups> groups = new IdentityHashMap<>();

  /** Filled one after the other, and from the first again after {@link #clear}. */
  private final List<GpuMemory> chunks = new ArrayList<>();

  private final List<Long> sizes = new ArrayList<>();
  private int chunk;
  private long used;

  IndexLists(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Forgets all arrays: what was launched before has read them when others take their place. */
  void clear() {
    known.clear();
    groups.clear();
    chunk = 0;
    used = 0;
  }

  /** Where an array lies; 0 for null, which stands for 0, 1, 2, …. */
  long of(int[] indices) {
    return indices == null ? 0 : known.computeIfAbsent(indices, this::upload);
  }

  /** Copies arrays that are not known in one go, so that each is known afterwards. */
  void add(List<int[]> given) {
    Set<int[]> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<int[]> arrays =
        given.stream().filter(array -> !known.containsKey(array) && seen.add(array)).toList();
    if (arrays.isEmpty()) {
      return;
    }
    int[] all =
        new int[Math.toIntExact(arrays.stream().mapToLong(array -> padded(array.length)).sum())];
    int at = 0;
    for (int[] array : arrays) {
      System.arraycopy(array, 0, all, at, array.length);
      at += padded(array.length);
    }
    long address = upload(all);
    for (int[] array : arrays) {
      known.put(array, address);
      address += (long) padded(array.length) * Integer.BYTES;
    }
  }

  private static int padded(int count) {
    int step = ALIGNMENT / Integer.BYTES;
    return (count + step - 1) / step * step;
  }

  /** The places that rows are added to, grouped where one occurs several times. */
  RowGroups groups(int[] targets) {
    return groups.computeIfAbsent(targets, RowGroups::of);
  }

  private long upload(int[] indices) {
    long address = room((long) padded(indices.length) * Integer.BYTES);
    gpu.upload(indices, address);
    return address;
  }

  private long room(long bytes) {
    while (chunk < chunks.size() && used + bytes > sizes.get(chunk)) {
      chunk++;
      used = 0;
    }
    if (chunk == chunks.size()) {
      chunks.add(new GpuMemory(gpu));
      sizes.add(Math.max(bytes, CHUNK_BYTES));
    }
    long address = chunks.get(chunk).requireBytes(sizes.get(chunk)) + used;
    used += bytes;
    return address;
  }

  /**
   * Rows by their targets, in order. Lists for kernels are as long as there are rows, so that a
   * kernel's launch is the same however often a target occurs; what is left over has no rows.
   *
   * @param targets each once, ascending
   * @param places the same, and zeros after them
   * @param starts where a place's rows begin among {@code rows}; one more than places
   * @param rows numbers of the rows, by target
   * @param distinct whether every target has one row
   */
  record RowGroups(int[] targets, int[] places, int[] starts, int[] rows, boolean distinct) {

    static RowGroups of(int[] all) {
      int[] targets = Arrays.stream(all).distinct().sorted().toArray();
      int[] starts = new int[all.length + 1];
      for (int target : all) {
        starts[Arrays.binarySearch(targets, target) + 1]++;
      }
      Arrays.parallelPrefix(starts, Integer::sum);
      int[] next = starts.clone();
      int[] rows = new int[all.length];
      for (int row = 0; row < all.length; row++) {
        rows[next[Arrays.binarySearch(targets, all[row])]++] = row;
      }
      int[] places = Arrays.copyOf(targets, all.length);
      return new RowGroups(targets, places, starts, rows, targets.length == all.length);
    }

    /** The last row of each target: what is left of rows that are written in order. */
    int[] lastRows() {
      int[] last = new int[targets.length];
      Arrays.setAll(last, i -> rows[starts[i + 1] - 1]);
      return last;
    }

    /** As {@code rows}, of other numbers; null stands for 0, 1, 2, …. */
    int[] rowsOf(int[] numbers) {
      return numbers == null ? rows : chosen(numbers, rows);
    }

    /** Some of an array's values; null stands for 0, 1, 2, …. */
    static int[] chosen(int[] values, int[] indices) {
      return values == null
          ? indices
          : Arrays.stream(indices).map(index -> values[index]).toArray();
    }
  }

  @Override
  public void close() {
    clear();
    chunks.forEach(GpuMemory::close);
    chunks.clear();
    sizes.clear();
  }
}
