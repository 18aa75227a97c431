package io.github.coconut4j.cli;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.convert.CheckpointConversion;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command {@code convert}, which makes a model directory from weights in another layout, or
 * from an adapter and its base.
 */
@Command(
    name = "convert",
    description =
        "Convert an exported checkpoint of the published implementation, or an adapter and its"
            + " base, to a model directory.")
final class ConvertCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "PATH",
      description =
          "The checkpoint, exported to safetensors; with --merge the adapter's directory.")
  private Path from;

  @Mixin private NewDirectoryOption to;

  @Option(names = "--merge", description = "Merge an adapter into its base.")
  private boolean merge;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      description = "The adapter's base (default: the one that the adapter names).")
  private Path base;

  @Option(
      names = "--training",
      paramLabel = "FILE",
      description =
          "The YAML file the model was trained with (default: Coconut with c_thought 1 and"
              + " max_latent_stage 6, as for ProsQA; cot if there are no tokens for latents).")
  private Path training;

  @Option(
      names = "--config",
      paramLabel = "DIR",
      description =
          "Directory of the model's config.json (default: a GPT-2 with the tensors' sizes).")
  private Path config;

  @Option(
      names = "--heads",
      paramLabel = "N",
      description = "Number of attention heads without config.json (default: heads of width 64).")
  private Integer heads;

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "The model's tokenizer.json (default: GPT-2's; for others --config's).")
  private Path tokenizer;

  @Override
  public Integer call() throws IOException {
    Path directory = to.requireNew();
    requireOwnOptions();
    if (merge) {
      try (CoconutModel model = adapted()) {
        model.saveMerged(directory);
        report(model, directory);
      }
      return 0;
    }
    try (CoconutModel model =
        CheckpointConversion.builder()
            .checkpoint(from)
            .configDirectory(config)
            .heads(heads)
            .tokenizer(tokenizer)
            .training(training())
            .build()
            .convert()) {
      model.save(directory);
      report(model, directory);
    }
    return 0;
  }

  private void requireOwnOptions() {
    boolean ofCheckpoint = Stream.of(training, config, heads, tokenizer).anyMatch(Objects::nonNull);
    if (merge ? ofCheckpoint : base != null) {
      throw new IllegalArgumentException(
          merge
              ? "--merge needs only --from, --to and --base, but options of a checkpoint are given."
                  + " Leave them out."
              : "--base needs --merge, which is missing. Add it to merge an adapter.");
    }
  }

  private CoconutModel adapted() throws IOException {
    return base == null
        ? CoconutModel.open(from, LatentLoops.AUTO)
        : CoconutModel.open(base, from, LatentLoops.AUTO);
  }

  private void report(CoconutModel model, Path directory) {
    spec.commandLine()
        .getErr()
        .printf("Wrote the %s model %s.%n", model.getConfig().getMethod().key(), directory);
  }

  private TrainingConfig training() throws IOException {
    return training == null ? null : ConfigFile.read(training).toTrainingConfig();
  }
}
