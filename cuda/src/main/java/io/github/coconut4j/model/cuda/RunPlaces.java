package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.backend.RunArrays;
import io.github.coconut4j.model.cuda.ArrayMirrors.Mirror;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Places in GPU memory for the arrays that a graph's runs make. The first array of a run has the
 * first place, and so on, independent of its shape. Runs with the same layout thus use the same
 * addresses.
 */
final class RunPlaces implements RunArrays {

  private final Gpu gpu;
  private final ArrayMirrors mirrors;
  private final List<Place> places = new ArrayList<>();

  /** Number of the run's next array. */
  private int next;

  RunPlaces(Gpu gpu, ArrayMirrors mirrors) {
    this.gpu = gpu;
    this.mirrors = mirrors;
  }

  /** Memory that one array after another uses. */
  static final class Place {

    private final GpuMemory memory;
    private Mirror user;

    private Place(GpuMemory memory) {
      this.memory = memory;
    }

    GpuMemory memory() {
      return memory;
    }

    /** Makes the place free for the next array. */
    void leave() {
      user = null;
    }
  }

  @Override
  public void start() {
    next = 0;
  }

  @Override
  public void hold(Collection<INDArray> arrays) {
    synchronized (mirrors) {
      for (INDArray array : arrays) {
        Mirror mirror = mirrors.fresh(array);
        Place place = place(next);
        next++;
        if (mirror != null && place.user == null) {
          place.user = mirror;
          mirror.take(place);
        } else {
          mirrors.hold(List.of(array)); // an earlier run's array still uses the place
        }
      }
    }
  }

  private Place place(int number) {
    if (number == places.size()) {
      places.add(new Place(new GpuMemory(gpu)));
    }
    return places.get(number);
  }

  @Override
  public void release(INDArray array) {
    synchronized (mirrors) {
      mirrors.leave(array);
    }
  }

  @Override
  public void close() {
    synchronized (mirrors) {
      for (Place place : places) {
        if (place.user == null) {
          place.memory.close();
        } else {
          place.user.keep();
        }
      }
      places.clear();
    }
  }
}
