package io.github.coconut4j.model.cuda;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lombok.Getter;
import lombok.experimental.Accessors;
import org.bytedeco.javacpp.Pointer;

/**
 * A GPU that computes nothing and counts the memory that is asked of it: what runs on it tells what
 * it would take on another.
 */
final class CountedGpu implements Gpu {

  /** Of every address, as the driver gives them. */
  private static final long ALIGNMENT = 256;

  private final Map<Long, Long> sizes = new HashMap<>();
  private long next = ALIGNMENT;
  private long used;

  /** The most bytes that were in use at a time. */
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
    // Nothing is there.
  }

  @Override
  public void upload(int[] values, long to) {
    // Nothing is there.
  }

  @Override
  public void download(List<Download> downloads) {
    // Nothing is there.
  }

  @Override
  public void copy(long from, long to, long bytes) {
    // Nothing is there.
  }

  @Override
  public void clear(long address, long floats) {
    // Nothing is there.
  }

  @Override
  public void launch(String kernel, Grid grid, Object... values) {
    // Nothing is there.
  }

  @Override
  public void submit() {
    // Nothing is there.
  }
}
