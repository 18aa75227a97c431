package io.github.coconut4j.model.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Pointer;

/** Gives the kernels' buffers memory a few times and then, until it is closed, none. */
final class RefusingAllocator implements AutoCloseable {

  private final AtomicInteger left;

  RefusingAllocator(int allowed) {
    left = new AtomicInteger(allowed);
    NativeFloats.ALLOCATOR.set(this::allocate);
  }

  private Pointer allocate(long bytes) {
    return left.getAndDecrement() > 0 ? Pointer.malloc(bytes) : null;
  }

  /**
   * Runs a task again and again, each time with memory for a few growing buffers more, until it has
   * all it needs.
   *
   * @param task throws OutOfMemoryError where its buffers lack room
   * @param between what must work whichever of them was refused
   * @return how many buffers were refused
   */
  static int refuseBufferAfterBuffer(Runnable task, Runnable between) {
    Random random = new Random(1);
    for (int refused = 0; ; refused++) {
      assertThat(refused).as("attempts").isLessThan(1000);
      // Some buffers grow several times in one run, which needs more and more.
      try (RefusingAllocator allocator = new RefusingAllocator(random.nextInt(3 + refused / 10))) {
        task.run();
        return refused;
      } catch (OutOfMemoryError e) {
        if (!e.getMessage().startsWith("Cannot allocate ")) {
          throw e;
        }
      }
      between.run();
    }
  }

  @Override
  public void close() {
    NativeFloats.ALLOCATOR.set(Pointer::malloc);
  }
}
