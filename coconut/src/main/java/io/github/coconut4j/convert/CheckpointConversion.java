package io.github.coconut4j.convert;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.ModelTokenizer;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.files.PickleFile;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.PublishedCheckpoint;
import io.github.coconut4j.model.ThoughtMapConfig.Kind;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lombok.Builder;

/**
 * Converts a checkpoint of Coconut's published implementation, exported to safetensors, to a model.
 * Settings that the file does not contain are given or default to GPT-2's; models of other
 * architectures need their {@code config.json}.
 */
@Builder
public final class CheckpointConversion {

  /** ProsQA's and ProntoQA's published settings. */
  private static final ThoughtSettings PUBLISHED =
      ThoughtSettings.builder().cThought(1).maxLatentStage(6).padLatentToMax(true).build();

  /** The exported checkpoint. */
  private final Path checkpoint;

  /** Directory of the model's {@code config.json}, or null to infer it from the tensors. */
  private final Path configDirectory;

  /** Attention heads, or null for heads of width 64. */
  private final Integer heads;

  /**
   * A {@code tokenizer.json} or its directory, or null for that of {@code configDirectory}, or
   * GPT-2's own if the model is a GPT-2.
   */
  private final Path tokenizer;

  /** How the model was trained, or null for Coconut with the settings of ProsQA. */
  private final TrainingConfig training;

  /**
   * Reads the checkpoint.
   *
   * @return the model, which the caller saves and closes
   * @throws IllegalArgumentException if the checkpoint cannot be used, or does not fit the
   *     configuration or tokenizer
   * @throws IOException if a file cannot be read
   */
  public CoconutModel convert() throws IOException {
    Arguments.requireNonNull(checkpoint, "checkpoint", "Name the exported file.");
    requireReadable();
    requireIdentity();
    try (PublishedCheckpoint published = PublishedCheckpoint.open(checkpoint)) {
      TransformerConfig sizes =
          configDirectory == null
              ? published.architecture(heads)
              : published.withStoredVocabulary(TransformerConfig.read(configDirectory));
      try (HuggingFaceTextTokenizer known = tokenizer(sizes)) {
        return OpenedResources.open(opened -> model(published, sizes, known, opened));
      }
    }
  }

  private HuggingFaceTextTokenizer tokenizer(TransformerConfig sizes) throws IOException {
    boolean isGpt2 = !sizes.isLlamaFamily();
    if (tokenizer == null && isGpt2) {
      return Gpt2Tokenizer.create();
    }
    Path file = tokenizer == null ? configDirectory : tokenizer;
    return Files.isDirectory(file)
        ? ModelTokenizer.open(file, isGpt2, sizes.getVocabSize())
        : HuggingFaceTextTokenizer.open(file);
  }

  private CoconutModel model(
      PublishedCheckpoint published,
      TransformerConfig sizes,
      HuggingFaceTextTokenizer known,
      OpenedResources opened)
      throws IOException {
    Method method = method(sizes, known);
    HuggingFaceTextTokenizer complete =
        opened.add(known.withSpecialTokens(SpecialTokenIds.names(method)));
    requireSameSize(sizes, complete);
    List<Integer> ends = configDirectory == null ? List.of() : generation(sizes).eosTokenIds();
    SpecialTokenIds tokens = SpecialTokenIds.of(complete, method, ends);
    TransformerConfig architecture = configDirectory == null ? ending(sizes, tokens) : sizes;
    CoconutConfig config = config(method, tokens);
    Weights weights = published.weights(sizes);
    opened.addAll(weights.asMap().values());
    return new CoconutModel(
        LatentTransformer.create(config.applyTo(architecture), weights, LatentLoops.AUTO),
        complete,
        config,
        generation(architecture));
  }

  private GenerationConfig generation(TransformerConfig architecture) throws IOException {
    return configDirectory == null
        ? GenerationConfig.of(architecture)
        : GenerationConfig.read(configDirectory, architecture);
  }

  /** Sizes inferred from the tensors do not include special tokens; the tokenizer does. */
  private static TransformerConfig ending(TransformerConfig sizes, SpecialTokenIds tokens) {
    return sizes.toBuilder().bosTokenId(tokens.getEos()).eosTokenId(tokens.getEos()).build();
  }

  private void requireReadable() {
    if (PickleFile.is(checkpoint.toString())) {
      throw new ModelFormatException(
          checkpoint.toString(),
          "must be a safetensors file",
          "the name of one that torch.save wrote, which can run code when it is opened",
          "Export it in Python: docs/Troubleshooting.md shows the five lines.");
    }
    if (!Files.isRegularFile(checkpoint)) {
      throw new IllegalArgumentException(
          "The checkpoint "
              + checkpoint
              + " needs to be a file but "
              + (Files.exists(checkpoint) ? "is a directory" : "does not exist")
              + ". Check the path of --from.");
    }
  }

  /** The published program has no other map of thoughts, and its files contain none. */
  private void requireIdentity() {
    if (training == null || training.getThoughtMap() == Kind.IDENTITY) {
      return;
    }
    if (training.getThoughtMap() != null || training.thoughtSettings().projectsThoughts()) {
      throw new IllegalArgumentException(
          "A checkpoint of the published implementation needs `thought_map: identity` but --training"
              + " has another, or a method that projects thoughts. Set it in that file if the model"
              + " was trained so.");
    }
  }

  /** Latents need special tokens, which the published code adds only for them. */
  private Method method(TransformerConfig architecture, HuggingFaceTextTokenizer known) {
    if (training != null) {
      return training.getMethod();
    }
    List<String> added = SpecialTokens.COCONUT;
    boolean hasAdded = added.stream().allMatch(token -> known.findId(token).isPresent());
    boolean hasRoom = architecture.getVocabSize() >= known.vocabularySize() + added.size();
    return hasAdded || hasRoom ? Method.COCONUT : Method.COT;
  }

  private void requireSameSize(TransformerConfig architecture, HuggingFaceTextTokenizer complete) {
    if (complete.vocabularySize() > architecture.getVocabSize()) {
      throw new ModelFormatException(
          checkpoint.toString(),
          "must have a row of embeddings for each of the tokenizer's "
              + complete.vocabularySize()
              + " tokens",
          architecture.getVocabSize() + " rows",
          "Give the model's own tokenizer with --tokenizer, or its training file with --training.");
    }
  }

  private CoconutConfig config(Method method, SpecialTokenIds tokens) {
    if (training == null) {
      ThoughtSettings settings = PUBLISHED.toBuilder().method(method).build();
      return CoconutConfig.of(settings, settings.getMaxLatentStage(), tokens);
    }
    Curriculum curriculum = Curriculum.of(training);
    int lastStage = curriculum.stage(training.getNumEpochs() - 1, curriculum.totalSteps(1) - 1);
    return CoconutConfig.of(training.thoughtSettings(), lastStage, tokens);
  }
}
