package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.backend.RunArrays;
import io.github.coconut4j.model.memory.HostMemory;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The places of ND4J's arrays in the GPU's memory, each as long as its array's buffer is reachable.
 * An array has the same place each time.
 */
final class ArrayMirrors implements DeviceArrays {

  private final Gpu gpu;
  private final Map<Key, Mirror> mirrors = new HashMap<>();
  private final ReferenceQueue<DataBuffer> unreachable = new ReferenceQueue<>();

  /** Single numbers that are the device's alone, as a loss: they come with the next download. */
  private final Map<Mirror, INDArray> scalars = new LinkedHashMap<>();

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

  /** Where an array's newest values are. */
  private enum Newest {
    HOST,
    BOTH,
    DEVICE
  }

  /** An array's place. */
  static final class Mirror {

    private GpuMemory memory;

    /** Whose memory it is; null where it is this array's alone. */
    private RunPlaces.Place place;

    /** Whether the host's accesses are announced, so that this place may have newer values. */
    private boolean held;

    private Newest newest = Newest.HOST;

    /** How many said that the array does not change. */
    private int pins;

    private Mirror(GpuMemory memory) {
      this.memory = memory;
    }

    long address() {
      return memory.require(0);
    }

    /** Has the memory of a place from now on; it must not have any of its own. */
    void take(RunPlaces.Place taken) {
      place = taken;
      memory = taken.memory();
      held = true;
      newest = Newest.HOST;
    }

    /** Keeps its place's memory for itself. */
    void keep() {
      place = null;
    }

    private void free() {
      if (place == null) {
        memory.close();
      } else {
        place.leave();
      }
    }
  }

  /** The place of a dense array. */
  synchronized Mirror of(INDArray array) {
    Mirror mirror = known(array);
    try {
      mirror.memory.requireBytes(bytes(array));
    } catch (OutOfMemoryError e) {
      trim();
      mirror.memory.requireBytes(bytes(array));
    }
    return mirror;
  }

  /** What is known of an array, which takes no memory before a device reads or writes it. */
  private Mirror known(INDArray array) {
    freeUnreachable();
    return mirrors.computeIfAbsent(
        new Key(buffer(array), unreachable), key -> new Mirror(new GpuMemory(gpu)));
  }

  /** The buffer that an array is all of: one of another shape has a view of it. */
  private static DataBuffer buffer(INDArray array) {
    DataBuffer own = array.data();
    DataBuffer whole = own.originalDataBuffer();
    boolean isAll = whole != null && array.offset() == 0 && whole.length() == array.length();
    return isAll ? whole : own;
  }

  /** Frees the places of arrays that nobody has any more. */
  synchronized void trim() {
    System.gc();
    freeUnreachable();
  }

  private void freeUnreachable() {
    for (Reference<?> key = unreachable.poll(); key != null; key = unreachable.poll()) {
      Mirror mirror = mirrors.remove(key);
      if (mirror != null) {
        mirror.free();
      }
    }
  }

  /** The place of an array that a device is to write and that has none yet, or null. */
  Mirror fresh(INDArray array) {
    return canBeHeld(array) && !mirrors.containsKey(new Key(buffer(array), null))
        ? known(array)
        : null;
  }

  /** Ends the stay of an array in a run's place. */
  void leave(INDArray array) {
    Mirror mirror = array.wasClosed() ? null : mirrors.get(new Key(buffer(array), null));
    if (mirror != null && mirror.place != null) {
      mirrors.remove(new Key(buffer(array), null));
      mirror.free();
    }
  }

  private static long bytes(INDArray array) {
    return array.length() * array.dataType().width();
  }

  /** Brings an array's newest values to its place. */
  synchronized void toDevice(INDArray array, Mirror mirror) {
    boolean isKnown = mirror.held || mirror.pins > 0;
    if (!isKnown || mirror.newest == Newest.HOST) {
      upload(array, mirror);
      mirror.newest = Newest.BOTH;
    }
  }

  /** The device wrote an array's place. */
  synchronized void deviceChanged(Mirror mirror, INDArray array) {
    mirror.newest = Newest.DEVICE;
    if (!mirror.held) {
      toHost(mirror, array);
    } else if (array.length() == 1) {
      scalars.put(mirror, array);
    }
  }

  /** A download, and with it that of single numbers which the host does not have yet. */
  synchronized void downloadWithScalars(Gpu.Download download) {
    scalars
        .entrySet()
        .removeIf(each -> each.getKey().newest != Newest.DEVICE || each.getValue().wasClosed());
    List<Gpu.Download> all = new ArrayList<>(List.of(download));
    scalars.forEach((mirror, array) -> all.add(download(mirror, array)));
    gpu.download(all);
    scalars.forEach(
        (mirror, array) -> {
          HostMemory.written(array);
          mirror.newest = Newest.BOTH;
        });
    scalars.clear();
  }

  private static Gpu.Download download(Mirror mirror, INDArray array) {
    return new Gpu.Download(mirror.address(), HostMemory.of(array), bytes(array));
  }

  private void toHost(Mirror mirror, INDArray array) {
    if (mirror.newest == Newest.DEVICE) {
      scalars.remove(mirror); // it is copied here
      downloadWithScalars(download(mirror, array));
      mirror.newest = Newest.BOTH; // not before: a copy that fails must fail again
      HostMemory.written(array);
      Reference.reachabilityFence(array);
    }
  }

  /** The place of an array that is held, or null. */
  private Mirror held(INDArray array) {
    Mirror mirror = array.wasClosed() ? null : mirrors.get(new Key(buffer(array), null));
    return mirror != null && mirror.held ? mirror : null;
  }

  private static boolean canBeHeld(INDArray array) {
    return !array.wasClosed()
        && (array.dataType() == DataType.FLOAT || array.dataType() == DataType.BFLOAT16)
        && array.length() > 0
        && HostMemory.isDense(array);
  }

  @Override
  public synchronized void hold(Collection<INDArray> arrays) {
    for (INDArray array : arrays) {
      if (canBeHeld(array)) {
        Mirror mirror = known(array);
        boolean isKnown = mirror.held || mirror.pins > 0;
        mirror.newest = isKnown ? mirror.newest : Newest.HOST;
        mirror.held = true;
      }
    }
  }

  @Override
  public RunArrays runArrays() {
    return new RunPlaces(gpu, this);
  }

  @Override
  public synchronized void toHost(Collection<INDArray> arrays) {
    for (INDArray array : arrays) {
      Mirror mirror = held(array);
      if (mirror != null) {
        toHost(mirror, array);
      }
    }
  }

  @Override
  public synchronized void hostChanged(Collection<INDArray> arrays) {
    for (INDArray array : arrays) {
      Mirror mirror = held(array);
      if (mirror != null) {
        mirror.newest = Newest.HOST;
      }
    }
  }

  @Override
  public synchronized void pin(Collection<INDArray> arrays) {
    for (INDArray array : arrays) {
      if (canBeHeld(array)) {
        Mirror mirror = known(array);
        boolean isKnown = mirror.held || mirror.pins > 0;
        mirror.newest = isKnown ? mirror.newest : Newest.HOST;
        mirror.pins++;
      }
    }
  }

  @Override
  public synchronized void unpin(Collection<INDArray> arrays) {
    for (INDArray array : arrays) {
      Mirror mirror = array.wasClosed() ? null : mirrors.get(new Key(buffer(array), null));
      if (mirror != null && mirror.pins > 0) {
        mirror.pins--;
      }
    }
  }

  @Override
  public synchronized void addScaled(
      INDArray sum, INDArray addend, double factor, boolean accumulate) {
    requireSameShape(sum, addend);
    if (held(sum) == null || held(addend) == null) {
      toHost(List.of(sum, addend));
      NONE.addScaled(sum, addend, factor, accumulate);
      hostChanged(List.of(sum, addend));
      return;
    }
    Mirror source = of(addend);
    toDevice(addend, source);
    Mirror target = of(sum);
    if (accumulate) {
      toDevice(sum, target);
    }
    gpu.launch(
        "addScaled",
        Grid.elements(sum.length()),
        target.address(),
        source.address(),
        (float) factor,
        accumulate ? 1 : 0,
        sum.length());
    deviceChanged(target, sum);
  }

  private static void requireSameShape(INDArray sum, INDArray addend) {
    HostMemory.requireOpen(sum);
    HostMemory.requireOpen(addend);
    if (!Arrays.equals(sum.shape(), addend.shape())) {
      throw new IllegalArgumentException(
          "An addend needs the sum's shape %s, but has %s. Pass arrays of the same parameter."
              .formatted(Arrays.toString(sum.shape()), Arrays.toString(addend.shape())));
    }
  }

  @Override
  public synchronized void letGo(Collection<INDArray> arrays) {
    for (INDArray array : arrays) {
      Mirror mirror = held(array);
      if (mirror != null) {
        toHost(mirror, array);
        mirror.held = false;
        leave(array);
      }
    }
  }

  private void upload(INDArray array, Mirror mirror) {
    gpu.upload(HostMemory.of(array), mirror.address(), bytes(array));
    Reference.reachabilityFence(array);
  }
}
