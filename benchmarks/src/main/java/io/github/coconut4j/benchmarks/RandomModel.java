package io.github.coconut4j.benchmarks;

import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.io.FileUtils;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Writes a model of random weights in bfloat16, all of them, as large models are published. */
final class RandomModel {

  private static final double DEVIATION = 0.02;

  private RandomModel() {}

  /**
   * Writes a model directory.
   *
   * @param tokenizer directory of the tokenizer's files, or null for none
   */
  static void write(Path directory, TransformerConfig config, Path tokenizer) throws IOException {
    Files.createDirectories(directory);
    if (tokenizer != null) {
      FileUtils.copyDirectory(tokenizer.toFile(), directory.toFile());
    }
    config.write(directory);
    Nd4j.getRandom().setSeed(1);
    Map<String, INDArray> arrays = new LinkedHashMap<>();
    for (Parameter parameter : ParameterLayout.of(config).parameters()) {
      arrays.put(parameter.name(), values(parameter));
    }
    SafetensorsWriter.write(directory.resolve("model.safetensors"), arrays, Map.of("format", "pt"));
    arrays.values().forEach(INDArray::close);
  }

  private static INDArray values(Parameter parameter) {
    if (!parameter.mayBeBfloat16()) {
      INDArray array = Nd4j.zeros(DataType.BFLOAT16, parameter.shape());
      return parameter.bias() ? array : array.addi(1);
    }
    try (INDArray drawn = Nd4j.randn(DataType.FLOAT, parameter.shape())) {
      return drawn.muli(DEVIATION).castTo(DataType.BFLOAT16);
    }
  }
}
