package io.github.coconut4j;

import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.method.Latents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import lombok.RequiredArgsConstructor;

/**
 * Checks the ranges of the values in {@code coconut.json}, and that values which need each other
 * are present.
 */
@RequiredArgsConstructor
final class CoconutConfigCheck {

  private static final String REMEDY = "Restore the file, or save the model again.";

  private final CoconutConfig config;
  private final Path file;

  /**
   * Rejects values that are out of range.
   *
   * @throws ModelFormatException naming the file and the key
   */
  void requireRanges() {
    Method method = config.getMethod();
    int most = ThoughtSettings.MOST_THOUGHTS;
    between("c_thought", config.getCThought(), 0, most);
    between("max_latent_stage", config.getMaxLatentStage(), 0, most);
    if (trainedThoughts() > most) {
      throw refused(
          "c_thought",
          String.format(
              Locale.ROOT,
              "at most %d thoughts in all, with `max_latent_stage` %d",
              most,
              config.getMaxLatentStage()),
          config.getCThought());
    }
    int fewest = method == Method.ICOT ? 1 : 0;
    int mostTokens = ThoughtSettings.MOST_ICOT_TOKENS;
    between("icot_tokens_per_epoch", config.getIcotTokensPerEpoch(), fewest, mostTokens);
    requireLatents();
    between("stage", config.getStage(), 0, CoconutConfig.MOST_STAGES);
    long thoughts = SpecialTokenIds.names(method).isEmpty() ? 0 : trainedThoughts();
    between("default_latents", config.getDefaultLatents(), 0, thoughts);
    requireThoughtMap();
    requireAnswerPrefix();
    requireHalt();
    requireIds();
  }

  private void requireLatents() {
    if (config.getLatents() == null) {
      throw refused("latents", "sequential or parallel", "null");
    }
    Integer iterations = config.getLatentIterations();
    if (config.getLatents() == Latents.SEQUENTIAL) {
      if (iterations != null) {
        throw refused("latent_iterations", "null, since latents are sequential", iterations);
      }
      return;
    }
    Method method = config.getMethod();
    if (!method.hasLatents()) {
      throw refused("latents", "sequential, since the method is " + method.key(), "parallel");
    }
    if (iterations == null) {
      throw refused("latent_iterations", "a number, since latents are parallel", "null");
    }
    between("latent_iterations", iterations, 1, ThoughtSettings.MOST_THOUGHTS);
  }

  private void requireAnswerPrefix() {
    Optional<String> fault =
        config.getAnswerPrefix() == null
            ? Optional.empty()
            : AnswerFormat.fault(config.getAnswerPrefix());
    if (fault.isPresent()) {
      throw refused("answer_prefix", AnswerFormat.REQUIREMENT, fault.get());
    }
  }

  private void requireThoughtMap() {
    ThoughtMapConfig.Kind map = config.getThoughtMap();
    if (map == null) {
      throw refused("thought_map", "identity, projection or scale", "null");
    }
    if (map != ThoughtMapConfig.Kind.IDENTITY && !config.getMethod().hasLatents()) {
      throw refused(
          "thought_map", "identity, since the method is " + config.getMethod().key(), key(map));
    }
    try {
      config.thoughtMapConfig();
    } catch (IllegalArgumentException e) { // a width or scale that is missing or out of range
      throw new ModelFormatException(
          file + ": `thought_map` " + key(map) + ": " + e.getMessage() + ". " + REMEDY, e);
    }
  }

  private void requireHalt() {
    Halt halt = config.getHalt();
    if (halt != null && halt != Halt.FIXED && !config.getMethod().hasLatents()) {
      throw refused("halt", "fixed, since the method is " + config.getMethod().key(), halt.key());
    }
    if (halt != null && halt != Halt.FIXED && config.getLatents() == Latents.PARALLEL) {
      throw refused("halt", "fixed, since latents are parallel", halt.key());
    }
    Double threshold = config.getHaltThreshold();
    if (threshold != null && !(threshold > 0 && threshold <= 1)) {
      throw refused("halt_threshold", "above 0 and at most 1", threshold);
    }
  }

  private static String key(ThoughtMapConfig.Kind map) {
    return map.name().toLowerCase(Locale.ROOT);
  }

  /** Largest number of thoughts of a training sequence. */
  private long trainedThoughts() {
    return (long) config.getCThought() * config.getMaxLatentStage();
  }

  private void requireIds() {
    SpecialTokenIds ids = config.getSpecialTokens();
    Method method = config.getMethod();
    List<String> needed = SpecialTokenIds.names(method);
    requireId("start_latent", ids.getStartLatent(), needed.contains(SpecialTokens.START_LATENT));
    requireId("end_latent", ids.getEndLatent(), needed.contains(SpecialTokens.END_LATENT));
    requireId("latent", ids.getLatent(), method.hasLatents());
    requireId("pause", ids.getPause(), needed.contains(SpecialTokens.PAUSE));
    Map<Integer, String> keys = new LinkedHashMap<>();
    ids().forEach((key, id) -> requireOwn(key, id, keys.putIfAbsent(id, key)));
  }

  private void requireId(String key, Integer id, boolean needed) {
    if (needed && id == null) {
      throw refused(
          "special_tokens." + key,
          "an id, since the method is " + config.getMethod().key(),
          "null");
    }
  }

  private void requireOwn(String key, int id, String other) {
    between("special_tokens." + key, id, 0, Integer.MAX_VALUE);
    if (other != null) {
      throw refused("special_tokens." + key, "an id of its own", id + ", that of `" + other + "`");
    }
  }

  /** The ids that are set, by their keys. */
  private Map<String, Integer> ids() {
    SpecialTokenIds tokens = config.getSpecialTokens();
    Map<String, Integer> ids = new LinkedHashMap<>();
    ids.put("eos", tokens.getEos());
    ids.put("start_latent", tokens.getStartLatent());
    ids.put("end_latent", tokens.getEndLatent());
    ids.put("latent", tokens.getLatent());
    ids.put("pause", tokens.getPause());
    ids.values().removeIf(id -> id == null);
    return ids;
  }

  /**
   * Rejects ids without an embedding in the model, and more thoughts than positions.
   *
   * @throws ModelFormatException naming the file and the key
   */
  void requireFit(TransformerConfig architecture) {
    long lastId = architecture.getVocabSize() - 1L;
    ids().forEach((key, id) -> between("special_tokens." + key, id, 0, lastId));
    ThoughtSettings settings = config.thoughtSettings();
    int steps = settings.isPadLatentToMax() ? config.getMaxLatentStage() : 0; // else as many as has
    int thoughts = settings.promptThoughts(config.getStage(), steps);
    if (thoughts >= architecture.longestSequence()) {
      throw refused(
          "c_thought",
          String.format(
              Locale.ROOT,
              "small enough for the %d thoughts of its stage to fit %d positions",
              thoughts,
              architecture.longestSequence()),
          config.getCThought());
    }
  }

  private void between(String key, long value, long least, long most) {
    if (value < least || value > most) {
      String range =
          least == most
              ? String.valueOf(least)
              : most == Integer.MAX_VALUE ? "at least " + least : least + " to " + most;
      throw refused(key, range, value);
    }
  }

  private ModelFormatException refused(String key, String requirement, Object found) {
    return new ModelFormatException(
        file + ": `" + key + "`", "must be " + requirement, found, REMEDY);
  }
}
