package io.github.coconut4j.model.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Pointer;

/** Gives the kernels' buffers memory a few times and then none. */
final class RefusingAllocator {

  private RefusingAllocator() {}

  /** Runs a task with memory for so many growing buffers. */
  static void withRoomFor(int buffers, Runnable task) {
    AtomicInteger left = new AtomicInteger(buffers);
    NativeFloats.ALLOCATOR.set(bytes -> left.getAndDecrement() > 0 ? Pointer.malloc(bytes) : null);
    try {
      task.run();
    } finally {
      NativeFloats.ALLOCATOR.set(Pointer::malloc);
    }
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
      try {
        withRoomFor(random.nextInt(3 + refused / 10), task);
        return refused;
      } catch (OutOfMemoryError e) {
        if (!e.getMessage().startsWith("Cannot allocate ")) {
          throw e;
        }
      }
      between.run();
    }
  }
}
