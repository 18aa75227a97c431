package io.github.coconut4j;

import io.github.coconut4j.data.tokenizer.ModelTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.generate.HaltHead;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads and writes model directories: Hugging Face's files with {@code coconut.json} and a stop
 * signal. {@link AdapterDirectory} reads those of adapters.
 */
final class ModelDirectory {

  private ModelDirectory() {}

  /**
   * Opens a model.
   *
   * @param options without an adapter
   * @throws io.github.coconut4j.model.ModelFormatException if it is not a model directory
   */
  static CoconutModel open(Path directory, OpeningOptions options) throws IOException {
    return OpenedResources.open(opened -> open(directory, options, opened));
  }

  private static CoconutModel open(Path directory, OpeningOptions options, OpenedResources opened)
      throws IOException {
    TransformerConfig sizes = TransformerConfig.read(directory);
    Optional<CoconutConfig> described = CoconutConfig.find(directory, sizes);
    TransformerConfig architecture = described.map(each -> each.applyTo(sizes)).orElse(sizes);
    Weights read =
        Weights.read(directory, architecture, name -> options.getWeights() == Precision.BF16);
    opened.addAll(read.asMap().values());
    TextTokenizer tokenizer =
        opened.add(
            ModelTokenizer.open(
                directory, !architecture.isLlamaFamily(), architecture.getVocabSize()));
    GenerationConfig generation = GenerationConfig.read(directory, architecture);
    CoconutConfig config =
        described.orElseGet(() -> CoconutConfig.ofPlainModel(tokenizer, generation));
    HaltHead head = haltHead(directory, config, architecture);
    LatentTransformer transformer =
        LatentTransformer.create(
            architecture,
            read,
            options.getLoop().backend(),
            options.getPrecision(),
            options.getPrecision());
    return new CoconutModel(transformer, tokenizer, config, generation, null, head);
  }

  /** A directory's stop signal, which a learned rule requires; null if there is none. */
  static HaltHead haltHead(Path directory, CoconutConfig config, TransformerConfig architecture)
      throws IOException {
    boolean isNeeded = config.getHalt() == Halt.LEARNED;
    return isNeeded || Presence.exists(directory.resolve(HaltHead.FILE))
        ? HaltHead.read(directory, architecture.getNEmbd())
        : null;
  }

  /** Writes all files of a model, or of its adapter, into an empty directory. */
  static void write(CoconutModel model, Path directory) throws IOException {
    if (model.getAdapted() == null) {
      model.getTransformer().getConfig().write(directory);
      model.getTransformer().getWeights().write(directory);
    } else {
      model.getAdapted().write(directory);
    }
    int eos = model.getConfig().getSpecialTokens().getEos();
    model.getGenerationConfig().withDefaultEos(eos).write(directory);
    model.getTokenizer().saveFiles(directory, eos);
    if (model.getHaltHead() != null) {
      model.getHaltHead().write(directory);
    }
    model.getConfig().write(directory);
  }
}
