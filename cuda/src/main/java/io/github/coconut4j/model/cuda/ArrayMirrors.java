package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.memory.HostMemory;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The places of ND4J's arrays in the GPU's memory, each as long as its array's buffer is reachable.
 * An array has the same place each time.
 */
final class ArrayMirrors {

  private final Gpu gpu;
  private final Map<Key, Mirror> mirrors = new HashMap<>();
  private final ReferenceQueue<DataBuffer> unreachable = new ReferenceQueue<>();

  ArrayMirrors(Gpu gpu) {
    this.gpu = gpu;
  }

  /** A buffer by its identity, which does not keep it. */
  private static final class Key extends WeakReference<DataBuffer> {

    private final int hash;

    Key(DataBuffer buffer, ReferenceQueue<DataBuffer> queue) {
      super(buffer, queue);
      hash = System.identityHashCode(buffer);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return this == other || (other instanceof Key key && get() != null && key.get() == get());
    }
  }

  /** An array's place. */
  static final class Mirror {

    private final GpuMemory memory;

    private Mirror(GpuMemory memory) {
      this.memory = memory;
    }

    long address() {
      return memory.require(0);
    }
  }

  /** The place of a dense array. */
  synchronized Mirror of(INDArray array) {
    freeUnreachable();
    Mirror mirror =
        mirrors.computeIfAbsent(
            new Key(array.data(), unreachable), key -> new Mirror(new GpuMemory(gpu)));
    try {
      mirror.memory.requireBytes(bytes(array));
    } catch (OutOfMemoryError e) {
      System.gc(); // lets go of arrays that nobody has any more
      freeUnreachable();
      mirror.memory.requireBytes(bytes(array));
    }
    return mirror;
  }

  private void freeUnreachable() {
    for (Reference<?> key = unreachable.poll(); key != null; key = unreachable.poll()) {
      Mirror mirror = mirrors.remove(key);
      if (mirror != null) {
        mirror.memory.close();
      }
    }
  }

  private static long bytes(INDArray array) {
    return array.length() * array.dataType().width();
  }

  /** Copies an array's values to its place. */
  void upload(INDArray array, Mirror mirror) {
    gpu.upload(HostMemory.of(array), mirror.address(), bytes(array));
    Reference.reachabilityFence(array);
  }

  /** Copies the values of an array's place to the array. */
  void download(Mirror mirror, INDArray array) {
    gpu.download(mirror.address(), HostMemory.of(array), bytes(array));
    HostMemory.written(array);
    Reference.reachabilityFence(array);
  }
}
