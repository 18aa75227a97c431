package io.github.coconut4j.parity;

import io.github.coconut4j.model.BaseDirectory;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.ThoughtProjection;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A fixture's model, with its adapter, projection and iterations, if it has them. */
final class FixtureModel {

  private final LatentLoops loop;
  private final TransformerConfig base;
  private final Weights baseWeights;

  /** Null without an adapter. */
  private final LoraAdapter adapter;

  /** The architecture, with the fixture's adapter, projection and iterations. */
  private final TransformerConfig config;

  private final Weights weights;

  /**
   * Reads a fixture's model.
   *
   * @param adapterDirectory the adapter's directory, or null for the fixture's own
   */
  FixtureModel(Path fixture, ParityCase expected, Path adapterDirectory, LatentLoops loop)
      throws IOException {
    this.loop = loop;
    base = TransformerConfig.read(fixture);
    baseWeights = Weights.read(fixture, base);
    Path directory = adapterDirectory;
    if (directory == null && expected.getAdapter() != null) {
      directory = fixture.resolve(expected.getAdapter());
    }
    adapter =
        directory == null ? null : LoraAdapter.read(directory, new BaseDirectory(fixture), base);
    TransformerConfig.TransformerConfigBuilder built =
        (adapter == null ? base : adapter.on(base)).toBuilder();
    Weights plain = adapter == null ? baseWeights : adapter.on(base, baseWeights);
    if (expected.getNumIterations() != null) {
      built.latentIterations(expected.getNumIterations());
    }
    if (expected.getProjection() == null) {
      config = built.build();
      weights = plain;
    } else {
      Path file = fixture.resolve(expected.getProjection());
      config = built.thoughtMap(ThoughtProjection.config(file)).build();
      weights = ThoughtProjection.read(file, config, plain);
    }
  }

  /** Makes the model of the fixture; the caller closes it. */
  LatentTransformer transformer() {
    return LatentTransformer.create(config, weights, loop);
  }

  /** The same with another number of passes over latents that are refined in parallel. */
  LatentTransformer withIterations(int iterations) {
    return LatentTransformer.create(
        config.toBuilder().latentIterations(iterations).build(), weights, loop);
  }

  boolean hasAdapter() {
    return adapter != null;
  }

  /** The model with the adapter merged into its weights. */
  LatentTransformer merged() {
    TransformerConfig plain = adapter.on(base).toBuilder().lora(null).build();
    return LatentTransformer.create(plain, adapter.merged(base, baseWeights), loop);
  }

  /**
   * Gradients under the names of the model's file, or of the adapter's and the projection's.
   *
   * @param names the fixture's names
   */
  Map<String, INDArray> named(Map<String, INDArray> gradients, Set<String> names) {
    Map<String, String> projection = new LinkedHashMap<>();
    names.stream()
        .filter(name -> name.startsWith("prj."))
        .forEach(name -> projection.put(ThoughtProjection.name(name, names), name));
    Map<String, INDArray> named = new LinkedHashMap<>();
    gradients.forEach(
        (name, gradient) -> {
          String stored =
              name.startsWith("prj.") || adapter == null ? name : LoraAdapter.storedName(name);
          named.put(projection.getOrDefault(name, stored), gradient);
        });
    return named;
  }
}
