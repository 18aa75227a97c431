package io.github.coconut4j;

import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.generate.HaltHead;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.BaseDirectory;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.ThoughtProjection;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.vocabulary.ExtendedModel;
import java.io.IOException;
import java.nio.file.Path;

/** Opens an adapter's directory, PEFT's or a run's, with its base. */
public final class AdapterDirectory {

  private AdapterDirectory() {}

  /**
   * Whether a directory contains an adapter and no model.
   *
   * @throws IOException if this cannot be determined, for example for lack of permission
   */
  public static boolean is(Path directory) throws IOException {
    return Presence.exists(directory.resolve(LoraConfig.FILE))
        && !Presence.exists(directory.resolve(TransformerConfig.FILE));
  }

  /**
   * The base that an adapter names.
   *
   * @throws ModelFormatException if it names none, or one that does not exist on this machine
   * @throws IOException if its configuration cannot be read
   */
  public static Path base(Path adapter) throws IOException {
    String name = LoraAdapter.baseName(adapter);
    if (name == null || !Presence.isDirectory(Path.of(name))) {
      throw new ModelFormatException(
          "The adapter " + adapter,
          "must name the directory of its base",
          name == null ? "none" : name + ", which is no directory",
          "Give the base as the model and this as the adapter: --model BASE --adapter "
              + adapter
              + "; to train, `model_id: BASE` and `load_model_path: "
              + adapter
              + "`.");
    }
    return Path.of(name);
  }

  /** Opens base and adapter as one model. */
  static CoconutModel open(Path base, OpeningOptions options) throws IOException {
    return OpenedResources.open(opened -> open(base, options, opened));
  }

  private static CoconutModel open(Path base, OpeningOptions options, OpenedResources opened)
      throws IOException {
    Path adapterDirectory = options.getAdapter();
    TransformerConfig sizes = TransformerConfig.read(base);
    Path described =
        Presence.exists(adapterDirectory.resolve(CoconutConfig.FILE)) ? adapterDirectory : base;
    Method method =
        Presence.exists(described.resolve(CoconutConfig.FILE))
            ? CoconutConfig.read(described).getMethod()
            : Method.COT;
    ExtendedModel extended =
        ExtendedModel.read(base, sizes, method, name -> options.getWeights() == Precision.BF16);
    TransformerConfig plain = extended.getArchitecture();
    opened.addAll(extended.getWeights().asMap().values());
    TextTokenizer tokenizer = opened.add(extended.getTokenizer());
    GenerationConfig generation =
        Presence.exists(adapterDirectory.resolve(GenerationConfig.FILE))
            ? GenerationConfig.read(adapterDirectory, sizes)
            : extended.getGenerationConfig();
    CoconutConfig config =
        CoconutConfig.find(described, plain)
            .orElseGet(() -> CoconutConfig.ofPlainModel(tokenizer, generation));
    TransformerConfig architecture = config.applyTo(plain);
    Weights mapped =
        ThoughtProjection.read(
            described.resolve(ThoughtProjection.FILE), architecture, extended.getWeights());
    opened.addAll(mapped.asMap().values());
    BaseDirectory directory = new BaseDirectory(base.toAbsolutePath().normalize());
    LoraAdapter adapter = LoraAdapter.read(adapterDirectory, directory, architecture);
    opened.addAll(adapter.asMap().values());
    AdaptedBase adapted = new AdaptedBase(adapter, architecture, mapped, directory);
    HaltHead head = ModelDirectory.haltHead(described, config, architecture);
    LatentTransformer transformer =
        adapted.transformer(options.getLoop(), options.getPrecision(), options.getPrecision());
    return new CoconutModel(transformer, tokenizer, config, generation, adapted, head);
  }
}
