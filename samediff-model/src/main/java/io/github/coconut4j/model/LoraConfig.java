package io.github.coconut4j.model;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * Low-rank adapters of a model's linear layers (LoRA; Hu et al., arXiv 2106.09685), and what else
 * is trained with them. The names are those of PEFT's {@code LoraConfig}.
 *
 * <pre>
 * y = x · W + b + s · (x · Aᵀ) · Bᵀ        s = alpha / r, or alpha / √r with rslora (arXiv 2312.03732)
 * </pre>
 *
 * <p>Shapes: x [n, in], A [r, in], B [out, r], W [in, out] however it is stored. W and b are
 * frozen.
 *
 * <p>A module is named by its path, for example {@code transformer.h.0.attn.c_attn}.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
public class LoraConfig {

  /** The file's name in an adapter's directory. */
  public static final String FILE = "adapter_config.json";

  /** A {@code targetPattern} for all linear layers except the output embedding. */
  public static final String ALL_LINEAR = "all-linear";

  /** Rank of the adapters, at least 1. */
  int r;

  /** Numerator of the scale s; the denominator is the rank or its square root. */
  double loraAlpha;

  /** Whether the scale divides by the square root of the rank. */
  boolean useRslora;

  /**
   * Dropout probability in [0, 1) of the values of x before A in training; kept values are divided
   * by 1 - {@code loraDropout}.
   */
  double loraDropout;

  /** Ends of the paths of linear layers that have adapters; null with {@code targetPattern}. */
  List<String> targetModules;

  /**
   * A regular expression that matches their whole paths, or {@link #ALL_LINEAR}; null with {@code
   * targetModules}.
   */
  String targetPattern;

  /** Ranks of some layers, by a regular expression for the end of their paths. */
  Map<String, Integer> rankPattern;

  /** {@code loraAlpha} of some layers, by a regular expression for the end of their paths. */
  Map<String, Double> alphaPattern;

  /**
   * Ends of the paths of modules whose whole weights the adapter replaces. As in PEFT, an end need
   * not begin after a dot: {@code norm} matches every norm of a Llama. A module that is also one of
   * {@code targetModules} is saved whole and has no low-rank adapter.
   */
  List<String> modulesToSave;

  /** Tokens whose rows of the token table are trained and stored in the adapter, in its order. */
  List<Integer> trainableTokenIndices;

  private LoraConfig(
      int r,
      double loraAlpha,
      boolean useRslora,
      double loraDropout,
      List<String> targetModules,
      String targetPattern,
      Map<String, Integer> rankPattern,
      Map<String, Double> alphaPattern,
      List<String> modulesToSave,
      List<Integer> trainableTokenIndices) {
    this.r = r;
    this.loraAlpha = loraAlpha;
    this.useRslora = useRslora;
    this.loraDropout = loraDropout;
    requireNames("target_modules", targetModules);
    requireNames("modules_to_save", modulesToSave);
    this.targetModules = targetModules == null ? null : List.copyOf(targetModules);
    this.targetPattern = targetPattern;
    this.rankPattern = ordered(rankPattern);
    this.alphaPattern = ordered(alphaPattern);
    this.modulesToSave = modulesToSave == null ? List.of() : List.copyOf(modulesToSave);
    this.trainableTokenIndices =
        trainableTokenIndices == null ? List.of() : List.copyOf(trainableTokenIndices);
    check();
  }

  /** The first pattern that matches counts. */
  private static <T> Map<String, T> ordered(Map<String, T> patterns) {
    return patterns == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(patterns));
  }

  /** An empty name would be the end of every path. */
  private static void requireNames(String key, List<String> names) {
    boolean areNames =
        names == null || names.stream().noneMatch(name -> name == null || name.isBlank());
    require(areNames, key, "names of modules, none of them empty", names);
  }

  private void check() {
    requireRank("r", r);
    requireAlpha("lora_alpha", loraAlpha);
    rankPattern.forEach((pattern, rank) -> requireRank("rank_pattern of " + pattern, rank));
    alphaPattern.forEach((pattern, alpha) -> requireAlpha("alpha_pattern of " + pattern, alpha));
    require(
        loraDropout >= 0 && loraDropout < 1, "lora_dropout", "at least 0 and below 1", loraDropout);
    boolean byEnds = targetModules != null && !targetModules.isEmpty();
    require(
        byEnds ^ targetPattern != null,
        "target_modules",
        "a list of modules or a regular expression",
        targetModules);
    requirePattern("target_modules", targetPattern == null ? "" : targetPattern);
    rankPattern.keySet().forEach(pattern -> requirePattern("rank_pattern", pattern));
    alphaPattern.keySet().forEach(pattern -> requirePattern("alpha_pattern", pattern));
    long distinct = trainableTokenIndices.stream().distinct().count();
    require(
        distinct == trainableTokenIndices.size()
            && trainableTokenIndices.stream().allMatch(token -> token >= 0),
        "trainable_token_indices",
        "distinct token ids of at least 0",
        trainableTokenIndices);
  }

  private static void requireRank(String key, int rank) {
    require(rank >= 1, key, "a rank of at least 1", rank);
  }

  private static void requireAlpha(String key, double alpha) {
    require(Double.isFinite(alpha) && alpha > 0, key, "a finite number above 0", alpha);
  }

  private static void requirePattern(String key, String pattern) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          key + " must be a regular expression, but " + pattern + " is none", e);
    }
  }

  private static void require(boolean holds, String key, String requirement, Object found) {
    if (!holds) {
      throw new IllegalArgumentException(key + " must be " + requirement + ", but is " + found);
    }
  }

  /**
   * Whether a linear layer has an adapter. As in PEFT, a module that {@code modulesToSave} names,
   * or one within it, has none.
   */
  boolean targets(String path) {
    return !isWithinSaved(path) && isTarget(path);
  }

  private boolean isTarget(String path) {
    if (targetPattern == null) {
      return targetModules.stream().anyMatch(end -> endsIn(path, end));
    }
    return targetPattern.equals(ALL_LINEAR) || targetsByPattern(path);
  }

  /** Whether a regular expression matches a module, linear or not. */
  boolean targetsByPattern(String path) {
    return !targetPattern.equals(ALL_LINEAR) && Pattern.matches(targetPattern, path);
  }

  /** Whether a module, or one that contains it, is saved whole. */
  boolean saves(String path) {
    return isIn(path, String::endsWith);
  }

  /**
   * Whether a module, or one that contains it, is saved whole and named completely: its name in
   * {@code modulesToSave} begins after a dot of its path.
   */
  boolean isWithinSaved(String path) {
    return isIn(path, LoraConfig::endsIn);
  }

  private boolean isIn(String path, BiPredicate<String, String> matches) {
    for (String module = path; !module.isEmpty(); module = parent(module)) {
      String whole = module;
      if (modulesToSave.stream().anyMatch(end -> matches.test(whole, end))) {
        return true;
      }
    }
    return false;
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('.')));
  }

  /** Whether a path equals {@code end}, or ends in it after a dot. */
  static boolean endsIn(String path, String end) {
    return path.equals(end) || path.endsWith("." + end);
  }

  /** The rank of a layer's adapter. */
  int rank(String path) {
    return ofPattern(rankPattern, path, r);
  }

  /** s of a layer's adapter. */
  double scale(String path) {
    double rank = rank(path);
    return ofPattern(alphaPattern, path, loraAlpha) / (useRslora ? Math.sqrt(rank) : rank);
  }

  /** The value of the first pattern that a path's end matches. */
  private static <T> T ofPattern(Map<String, T> patterns, String path, T other) {
    return patterns.entrySet().stream()
        .filter(each -> Pattern.matches("(.*\\.)?(" + each.getKey() + ")", path))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(other);
  }
}
