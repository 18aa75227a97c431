package io.github.coconut4j.model.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Index arrays in GPU memory. Each array, by its identity, is copied once until {@link #clear}; it
 * must not change until then.
 */
final class IndexLists implements AutoCloseable {

  /** Memory is allocated in chunks of this size. */
  static final int CHUNK_BYTES = 1 << 20;

  /** Alignment of each array, for vector loads. */
  private static final int ALIGNMENT = 16;

  private final Gpu gpu;
  private final IdentityHashMap<int[], Long> known = new IdentityHashMap<>();
  private final IdentityHashMap<int[], RowGroups> groups = new IdentityHashMap<>();

  /** Filled one after another; {@link #clear} starts again with the first. */
  private final List<GpuMemory> chunks = new ArrayList<>();

  private final List<Long> sizes = new ArrayList<>();
  private int chunk;
  private long used;

  IndexLists(Gpu gpu) {
    this.gpu = gpu;
  }

  /**
   * Forgets all arrays. Others may take their memory, since commands run in order: earlier launches
   * read the old ones first.
   */
  void clear() {
    known.clear();
    groups.clear();
    chunk = 0;
    used = 0;
  }

  /** The address of an array; 0 for null, which means 0, 1, 2, …. */
  long of(int[] indices) {
    return indices == null ? 0 : known.computeIfAbsent(indices, this::upload);
  }

  /** Copies the new ones among some arrays to the GPU together. */
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

  /** Groups rows by their target row. */
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
   * Rows grouped by their target row. The lists for kernels are as long as there are rows, so that
   * batches with the same number of rows have the same launches; the remaining groups are empty.
   *
   * @param targets the different targets, ascending
   * @param places the targets, followed by zeros
   * @param starts index in {@code rows} of each group's first row, and the number of rows
   * @param rows numbers of the rows, group by group, ascending within a group
   * @param distinct whether every group has one row
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

    /** The last row of each target: the one that remains if rows are written in order. */
    int[] lastRows() {
      int[] last = new int[targets.length];
      Arrays.setAll(last, i -> rows[starts[i + 1] - 1]);
      return last;
    }

    /** The numbers of the rows in {@link #rows}; null means 0, 1, 2, …. */
    int[] rowsOf(int[] numbers) {
      return numbers == null ? rows : chosen(numbers, rows);
    }

    /** The values at some indices of an array; null means 0, 1, 2, …. */
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
