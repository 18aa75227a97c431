package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.backend.RunArrays;
import io.github.coconut4j.model.memory.HostMemory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The copies of ND4J's arrays in GPU memory. An array always has the same copy, which is freed when
 * the array's buffer becomes unreachable.
 */
final class ArrayMirrors implements DeviceArrays {

  private final Gpu gpu;
  private final BufferMap<Mirror> mirrors = new BufferMap<>(Mirror::free);

  /** Arrays of one number, such as a loss, that are copied to the host with the next download. */
  private final Map<Mirror, INDArray> scalars = new LinkedHashMap<>();

  ArrayMirrors(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Which copy has an array's newest values. */
  private enum Newest {
    HOST,
    BOTH,
    DEVICE
  }

  /** The copy of an array. */
  static final class Mirror {

    private GpuMemory memory;

    /** The place that owns the memory, or null if this copy does. */
    private RunPlaces.Place place;

    /** Whether the host announces its accesses, so that this copy may have newer values. */
    private boolean held;

    private Newest newest = Newest.HOST;

    /** Number of pins of the array that are in effect. */
    private int pins;

    private Mirror(GpuMemory memory) {
      this.memory = memory;
    }

    long address() {
      return memory.require(0);
    }

    /** Uses the memory of a place from now on; must not have memory of its own. */
    void take(RunPlaces.Place taken) {
      place = taken;
      memory = taken.memory();
      held = true;
      newest = Newest.HOST;
    }

    /** Becomes the owner of its place's memory. */
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

  /** The copy of a dense array, with enough memory but perhaps without its values. */
  synchronized Mirror of(INDArray array) {
    Mirror mirror = known(array);
    mirror.memory.requireBytes(bytes(array));
    return mirror;
  }

  /** The copy of an array, which has no memory before the device reads or writes it. */
  private Mirror known(INDArray array) {
    return mirrors.get(array, () -> new Mirror(new GpuMemory(gpu)));
  }

  /** Frees the copies of unreachable arrays, once the garbage collector has found them. */
  synchronized void trim() {
    mirrors.collect();
  }

  /** A new copy of an array that the device is going to write; null if it has one already. */
  Mirror fresh(INDArray array) {
    return canBeHeld(array) && mirrors.get(array) == null ? known(array) : null;
  }

  /** Removes the copy of an array from a run's place. */
  void leave(INDArray array) {
    Mirror mirror = mirrors.get(array);
    if (mirror != null && mirror.place != null) {
      mirrors.remove(array);
      scalars.remove(mirror); // another array may take its place
      mirror.free();
    }
  }

  private static long bytes(INDArray array) {
    return array.length() * array.dataType().width();
  }

  /** Copies an array's newest values to the device. */
  synchronized void toDevice(INDArray array, Mirror mirror) {
    boolean isKnown = mirror.held || mirror.pins > 0;
    if (!isKnown || mirror.newest == Newest.HOST) {
      upload(array, mirror);
      mirror.newest = Newest.BOTH;
    }
  }

  /** Must be called after the device wrote an array's copy. */
  synchronized void deviceChanged(Mirror mirror, INDArray array) {
    mirror.newest = Newest.DEVICE;
    if (!mirror.held) {
      toHost(mirror, array);
    } else if (array.length() == 1) {
      scalars.put(mirror, array);
    }
  }

  /** Downloads something, together with single numbers that the host does not have yet. */
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
      scalars.remove(mirror); // it is copied now
      downloadWithScalars(download(mirror, array));
      mirror.newest = Newest.BOTH; // only now: if the copy fails, the next one must fail too
      HostMemory.written(array);
      Reference.reachabilityFence(array);
    }
  }

  /** The copy of an array if it is held, or else null. */
  private Mirror held(INDArray array) {
    Mirror mirror = mirrors.get(array);
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
      Mirror mirror = mirrors.get(array);
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
  public synchronized void release(Collection<INDArray> arrays) {
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
