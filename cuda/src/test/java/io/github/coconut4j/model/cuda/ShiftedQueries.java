package io.github.coconut4j.model.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import lombok.RequiredArgsConstructor;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A GPU that passes attention kernels query numbers from 2^30 on, as in a batch too large for the
 * tests: the address of each list is shifted back by as many elements.
 */
@RequiredArgsConstructor
final class ShiftedQueries implements Gpu {

  private static final int FIRST = 1 << 30;

  /** Offsets in the kernels' structure {@code Attention}. */
  private static final int ROWS = 2 * Long.BYTES;

  private static final int STEPS = 4 * Long.BYTES;
  private static final int STARTS = 5 * Long.BYTES;
  private static final int SEQUENCES = 8 * Long.BYTES;
  private static final int HEADS = SEQUENCES + 4 * Integer.BYTES;

  /** Offsets in the kernels' structure {@code AttentionGradient}. */
  private static final int LOG_SUMS = 4 * Long.BYTES;

  private static final int MEANS = 5 * Long.BYTES;

  private final QueuedGpu gpu;

  @Override
  public long allocate(long bytes) {
    return gpu.allocate(bytes);
  }

  @Override
  public void free(long address) {
    gpu.free(address);
  }

  @Override
  public void upload(Pointer from, long to, long bytes) {
    gpu.upload(from, to, bytes);
  }

  @Override
  public void download(List<Download> downloads) {
    gpu.download(downloads);
  }

  @Override
  public void copy(long from, long to, long bytes) {
    gpu.copy(from, to, bytes);
  }

  @Override
  public void clear(long address, long floats) {
    gpu.clear(address, floats);
  }

  @Override
  public void submit() {
    gpu.submit();
  }

  /** Whether a kernel reads query numbers from these lists; others derive them from warps. */
  private static boolean readsQueryNumbers(String kernel) {
    return kernel.startsWith("attentionKeyGradients")
        || (kernel.startsWith("att") && kernel.contains("Tiles"));
  }

  @Override
  public void launch(String kernel, Grid grid, Object... values) {
    if (!readsQueryNumbers(kernel)) {
      gpu.launch(kernel, grid, values);
      return;
    }
    Object[] shifted = values.clone();
    shifted[0] = shiftedAttention(((byte[]) values[0]).clone());
    if (values[2] instanceof byte[] gradient) {
      int heads = structure((byte[]) values[0]).getInt(HEADS);
      shifted[2] = shiftedGradient(gradient.clone(), heads);
    }
    gpu.launch(kernel, grid, shifted);
  }

  private static ByteBuffer structure(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private byte[] shiftedAttention(byte[] bytes) {
    ByteBuffer attention = structure(bytes);
    for (int list = ROWS; list <= STEPS; list += Long.BYTES) {
      shift(attention, list, FIRST);
    }
    attention.putLong(
        STARTS, shiftedStarts(attention.getLong(STARTS), attention.getInt(SEQUENCES)));
    return bytes;
  }

  private static byte[] shiftedGradient(byte[] bytes, int heads) {
    ByteBuffer gradient = structure(bytes);
    shift(gradient, LOG_SUMS, (long) FIRST * heads);
    shift(gradient, MEANS, (long) FIRST * heads);
    return bytes;
  }

  private static void shift(ByteBuffer structure, int at, long values) {
    structure.putLong(at, structure.getLong(at) - values * Integer.BYTES);
  }

  private long shiftedStarts(long starts, int sequences) {
    int[] values = new int[sequences + 1];
    try (IntPointer host = new IntPointer(values.length)) {
      gpu.download(List.of(new Download(starts, host, (long) values.length * Integer.BYTES)));
      host.get(values);
    }
    for (int i = 0; i < values.length; i++) {
      values[i] += FIRST;
    }
    long memory = gpu.allocate((long) values.length * Integer.BYTES); // until the process ends
    try (Pointer host = new IntPointer(values)) {
      gpu.upload(host, memory, (long) values.length * Integer.BYTES);
    }
    return memory;
  }
}
