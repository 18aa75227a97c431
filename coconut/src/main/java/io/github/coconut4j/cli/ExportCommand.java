package io.github.coconut4j.cli;

import io.github.coconut4j.AdapterDirectory;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.export.SameDiffDirectory;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.export.SameDiffExport;
import io.github.coconut4j.model.internal.Arguments;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code export}, which writes a model in a format that opens without this library. */
@Command(
    name = "export",
    description = "Write a model as SameDiff files that need only ND4J, with a sample program.")
final class ExportCommand implements Callable<Integer> {

  /** The formats. */
  enum Format {
    SAMEDIFF
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "The model directory.")
  private Path modelDirectory;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      description = "samediff: FlatBuffers files with only ND4J's own operations.")
  private Format format;

  @Option(
      names = "--thoughts",
      paramLabel = "K",
      description = "Number of thoughts, fixed in the graph (default: as in training).")
  private Integer thoughts;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description = "Largest number of tokens that the sample program generates.")
  private int maxNewTokens;

  @Mixin private NewDirectoryOption to;

  @Override
  public Integer call() throws IOException {
    Path directory = to.requireNew();
    Arguments.requireAtLeast(maxNewTokens, 1, "--max-new-tokens");
    if (!AdapterDirectory.is(modelDirectory)) {
      SameDiffExport.requireWritable(TransformerConfig.read(modelDirectory));
    }
    try (CoconutModel model = CoconutModel.open(modelDirectory, LatentLoops.UNROLLED)) {
      int number = thoughts == null ? model.getConfig().getDefaultLatents() : thoughts;
      new SameDiffDirectory(model, number, maxNewTokens).write(directory);
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "Wrote %s as %s files, with %d thoughts; see its README.md.%n",
              directory,
              format.name().toLowerCase(Locale.ROOT),
              number);
    }
    return 0;
  }
}
