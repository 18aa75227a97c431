package io.github.coconut4j.train;

import io.github.coconut4j.AdapterDirectory;
import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.model.BaseDirectory;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.LoraConfig;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.ParameterLayout.Kind;
import io.github.coconut4j.model.ParameterLayout.Parameter;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.vocabulary.ExtendedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;

/** The adapter that a run trains: a new one, or the continued one of a directory. */
@Slf4j
@RequiredArgsConstructor
final class RunAdapter {

  private final TrainingConfig config;

  /** A new adapter with the configuration's {@code lora}. */
  LoraAdapter fresh(ExtendedModel start, MappedModel mapped) {
    TransformerConfig architecture = mapped.getArchitecture();
    try {
      LoraConfig lora = config.getLora().on(architecture, start.getAdded());
      LoraAdapter adapter =
          LoraAdapter.initial(lora, architecture, mapped.getWeights(), config.getSeed());
      TrainedParameters.requireBesideFrozen(config, architecture, adapter);
      warnOfExcessiveRank(adapter, architecture);
      return adapter;
    } catch (ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) { // a module that the model lacks
      throw new ConfigException("`lora` does not fit the model: " + e.getMessage(), e);
    }
  }

  /** B · A has at most the rank of the layer's smaller side, whatever its own is. */
  private static void warnOfExcessiveRank(LoraAdapter adapter, TransformerConfig base) {
    int rank = adapter.getConfig().getR();
    ParameterLayout layout = ParameterLayout.of(adapter.on(base));
    long largest =
        layout.loopParameters().stream()
            .filter(each -> each.kind() == Kind.LORA_A)
            .mapToLong(a -> Math.min(inputs(a), outputs(layout, a)))
            .max()
            .orElseThrow();
    if (rank > largest) {
      log.warn(
          "`lora.r` is {}, but every layer with an adapter has at most {} inputs or outputs, and"
              + " what its adapter adds at most that rank. Set `lora.r` to {} or less: more takes"
              + " memory and time only.",
          rank,
          largest,
          largest);
    }
  }

  /** A is [r, in]. */
  private static long inputs(Parameter a) {
    return a.shape()[1];
  }

  /** B is [out, r]. */
  private static long outputs(ParameterLayout layout, Parameter a) {
    int b = layout.find(a.role(), a.layer(), Kind.LORA_B);
    return layout.loopParameters().get(b).shape()[0];
  }

  /** The adapter of a directory, with rows for the tokens that the run's method adds. */
  LoraAdapter continued(Path directory, BaseDirectory base, ExtendedModel start, MappedModel mapped)
      throws IOException {
    TransformerConfig architecture = mapped.getArchitecture();
    LoraAdapter adapter = LoraAdapter.read(directory, base, architecture);
    LoraSettings settings =
        config.getLora() == null ? LoraSettings.builder().build() : config.getLora();
    settings.requireAgreement(adapter.getConfig());
    double dropout =
        settings.getDropout() == null
            ? adapter.getConfig().getLoraDropout()
            : settings.getDropout();
    LoraAdapter continued =
        adapter.continued(
            dropout, moreTokens(settings, adapter, start), architecture, mapped.getWeights());
    TrainedParameters.requireBesideFrozen(config, architecture, continued);
    return continued;
  }

  private static List<Integer> moreTokens(
      LoraSettings settings, LoraAdapter adapter, ExtendedModel start) {
    String table = start.getWeights().getTokenTableName();
    boolean savesTable = adapter.asMap().containsKey(table); // all rows are trained anyway
    List<Integer> more = new ArrayList<>();
    if (settings.isTrainNewTokens() && !savesTable) {
      more.addAll(start.getAdded());
      more.removeAll(adapter.getConfig().getTrainableTokenIndices());
    }
    return more;
  }

  /** With other ids its tokens would have other rows. */
  void requireTokens(Path directory, CoconutConfig described, TextTokenizer tokenizer) {
    SpecialTokenIds ids = described.getSpecialTokens();
    Map<String, Integer> tokens = new LinkedHashMap<>();
    tokens.put(SpecialTokens.START_LATENT, ids.getStartLatent());
    tokens.put(SpecialTokens.END_LATENT, ids.getEndLatent());
    tokens.put(SpecialTokens.LATENT, ids.getLatent());
    tokens.put(SpecialTokens.PAUSE, ids.getPause());
    tokens.forEach(
        (name, id) -> {
          OptionalInt own = tokenizer.findId(name);
          if (id != null && (own.isEmpty() || own.getAsInt() != id)) {
            throw ConfigException.of(
                "method",
                "the tokens of the adapter " + directory + ", " + name + " with the id " + id + ",",
                config.getMethod().key()
                    + ", which has "
                    + (own.isEmpty() ? "none of that name" : "it as " + own.getAsInt()),
                "Train with the adapter's method, "
                    + described.getMethod().key()
                    + ", or merge it first: convert --merge.");
          }
        });
  }

  /**
   * The base of an adapter that a run continues: {@code model_id}, or the one that the adapter
   * names.
   */
  static Path base(TrainingConfig config, Path adapter) throws IOException {
    boolean isGiven = config.getLoadModelPath() != null && !config.isFromScratch();
    return isGiven
        ? ModelFactory.modelDirectory("model_id", config.getModelId())
        : AdapterDirectory.base(adapter);
  }
}
