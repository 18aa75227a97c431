package io.github.coconut4j.model.internal.kernel;

import io.github.coconut4j.model.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/** Workers that each run the latent loop on a share of a batch's rows. */
final class SliceTeam implements AutoCloseable {

  /**
   * Width from which oneDNN's threads gain by dividing a layer's operations; in narrower ones they
   * wait for each other longer than they compute.
   */
  private static final int WORTH_DIVIDING = 512;

  private final KernelTeam team;
  private final boolean dividesOperations;
  private final List<SlicePasses> slices = new ArrayList<>();

  /** Each slice's rows, none if it is not at work. */
  private final List<Share> shares = new ArrayList<>();

  private boolean closed;

  SliceTeam(TransformerShape shape, int threads, Precision precision) {
    team = new KernelTeam(threads, precision);
    dividesOperations = shape.width() >= WORTH_DIVIDING;
    for (int i = 0; i < threads; i++) {
      slices.add(new SlicePasses(shape, team.kernels(i)));
    }
  }

  KernelTeam kernels() {
    return team;
  }

  /** Divides a new batch's rows. */
  void divide(int rows) {
    shares.clear();
    int parts = Math.min(rows, slices.size());
    for (int part = 0; part < slices.size(); part++) {
      shares.add(part < parts ? Share.of(rows, part, parts, 1) : new Share(rows, rows));
    }
  }

  /** Runs {@code task} with each slice at work and its rows, and waits for all. */
  void run(BiConsumer<SlicePasses, Share> task) {
    int[] members = atWork().toArray();
    int threadsEach = dividesOperations ? team.threadsEach(members.length) : 1;
    team.run(
        members, threadsEach, (kernels, part) -> task.accept(slices.get(part), shares.get(part)));
  }

  private IntStream atWork() {
    return IntStream.range(0, shares.size()).filter(part -> shares.get(part).size() > 0);
  }

  /** Keeps the keys and values of some of the batch's rows, where they are. */
  void retainRows(int[] kept) {
    run((slice, rows) -> slice.state().retainRows(keptOf(rows, kept)));
    int next = 0;
    for (int part = 0; part < shares.size(); part++) {
      int count = keptOf(shares.get(part), kept).length;
      shares.set(part, new Share(next, next + count));
      next += count;
    }
  }

  private static int[] keptOf(Share rows, int[] kept) {
    return IntStream.of(kept)
        .filter(row -> row >= rows.from() && row < rows.to())
        .map(row -> row - (int) rows.from())
        .toArray();
  }

  List<SliceState> states() {
    return atWork().mapToObj(part -> slices.get(part).state()).toList();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      slices.forEach(SlicePasses::close);
      team.close();
    }
  }
}
