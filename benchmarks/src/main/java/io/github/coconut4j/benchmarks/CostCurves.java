package io.github.coconut4j.benchmarks;

import io.github.coconut4j.bench.BenchBatches;
import io.github.coconut4j.bench.BenchShape;
import io.github.coconut4j.bench.BenchSizes;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.train.AdamW;
import java.util.ArrayList;
import java.util.List;
import lombok.RequiredArgsConstructor;

/** Measures every point of every {@link Curve} of a shape with one model, all points in turn. */
@RequiredArgsConstructor
final class CostCurves {

  private static final double WEIGHT_DECAY = 0.01;

  private final BenchShape shape;
  private final LatentLoops loop;

  private record Batch(Curve curve, int value, BenchSizes sizes) {}

  /** All points, curve by curve. */
  List<CurvePoint> measure(InterleavedRounds rounds) {
    List<Batch> batches = batches();
    TransformerConfig config = longest(batches).config();
    try (LatentTransformer model =
            LatentTransformer.create(config, Weights.initial(config, 0), loop);
        AdamW optimizer = AdamW.of(model, WEIGHT_DECAY)) {
      List<TrainingStep> steps =
          batches.stream()
              .map(
                  batch ->
                      new TrainingStep(
                          model,
                          optimizer,
                          BenchBatches.training(batch.sizes()),
                          DropoutRates.NONE))
              .toList();
      return points(batches, rounds.medians(steps));
    }
  }

  private List<Batch> batches() {
    BenchSizes base = shape.getSizes();
    List<Batch> batches = new ArrayList<>();
    for (Curve curve : Curve.values()) {
      curve
          .values(base)
          .mapToObj(value -> new Batch(curve, value, curve.at(base, value)))
          .forEach(batches::add);
    }
    return batches;
  }

  /** One model serves all batches, so its position table is that of the longest rows. */
  private static BenchSizes longest(List<Batch> batches) {
    return batches.stream()
        .map(Batch::sizes)
        .max((a, b) -> Integer.compare(a.columns(), b.columns()))
        .orElseThrow();
  }

  private List<CurvePoint> points(List<Batch> batches, List<double[]> medians) {
    List<CurvePoint> points = new ArrayList<>();
    for (int i = 0; i < batches.size(); i++) {
      Batch batch = batches.get(i);
      double[] parts = medians.get(i);
      points.add(
          new CurvePoint(
              shape.toString(),
              CpuThreads.count(),
              batch.curve(),
              batch.value(),
              batch.sizes().getRows(),
              batch.sizes().columns(),
              parts[0],
              parts[1],
              parts[2],
              parts[3]));
    }
    return points;
  }
}
