package io.github.coconut4j.model.cuda;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lombok.Getter;
import lombok.experimental.Accessors;
import org.bytedeco.javacpp.Pointer;

/**
 * A GPU that computes nothing and only counts the requested memory, to predict how much memory the
 * same calls need on a real GPU.
 */
final class CountedGpu implements Gpu {

  /** Alignment of the driver's addresses. */
  private static final long ALIGNMENT = 256;

  private final Map<Long, Long> sizes = new HashMap<>();
  private long next = ALIGNMENT;
  private long used;

  /** The largest number of bytes in use at one time. */
  @Getter
  @Accessors(fluent = true)
  private long most;

  @Override
  public long allocate(long bytes) {
    long address = next;
    next += Grid.ceiling(Math.max(1, bytes), ALIGNMENT) * ALIGNMENT;
    sizes.put(address, bytes);
    used += bytes;
    most = Math.max(most, used);
    return address;
  }

  @Override
  public void free(long address) {
    Long bytes = sizes.remove(address);
    used -= bytes == null ? 0 : bytes;
  }

  @Override
  public void upload(Pointer from, long to, long bytes) {
    // There is no memory.
  }

  @Override
  public void upload(int[] values, long to) {
    // There is no memory.
  }

  @Override
  public void download(List<Download> downloads) {
    // There is no memory.
  }

  @Override
  public void copy(long from, long to, long bytes) {
    // There is no memory.
  }

  @Override
  public void clear(long address, long floats) {
    // There is no memory.
  }

  @Override
  public void launch(String kernel, Grid grid, Object... values) {
    // There is no memory.
  }

  @Override
  public void submit() {
    // There is no memory.
  }
}
