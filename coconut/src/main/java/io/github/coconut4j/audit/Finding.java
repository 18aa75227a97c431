package io.github.coconut4j.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.github.coconut4j.audit.Comparison.Pair;
import io.github.coconut4j.evaluate.Interval;
import io.github.coconut4j.method.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lombok.Builder;
import lombok.Value;

/** The result of a claim with one kind of control. */
@Value
@Builder
@JsonInclude(Include.ALWAYS)
public class Finding {

  /** The claim. */
  Claim claim;

  /** Directories of the controls, as given, joined by {@code +}. */
  String control;

  /** Training method of the controls. */
  Method method;

  /** Number of pairs of a model and a control, one per seed. */
  int seeds;

  /** Whether the claim holds. */
  Verdict verdict;

  /** The reason, as text. */
  String because;

  /** The claim's measure on the models, the mean over seeds; null if it cannot be measured. */
  Double estimate;

  /** Its 95 % confidence interval; null without an estimate. */
  Interval interval;

  /** The same on the controls. */
  Double controlEstimate;

  /** The models' estimate minus the controls'. */
  Double difference;

  /** Its 95 % confidence interval. */
  Interval differenceInterval;

  static Finding of(Claim claim, MatchedControls controls, List<Pair> observed, long seed) {
    Comparison compared = new Comparison(observed, seed);
    Claim.Judgement judgement = claim.judge(compared);
    Estimate own = compared.model(claim.getStatistic());
    Estimate difference = compared.difference(claim.getStatistic());
    return builder()
        .claim(claim)
        .control(controls.name())
        .method(controls.getMethod())
        .seeds(observed.size())
        .verdict(judgement.verdict())
        .because(judgement.because())
        .estimate(own.getValue())
        .interval(own.getInterval())
        .controlEstimate(compared.control(claim.getStatistic()).getValue())
        .difference(difference.getValue())
        .differenceInterval(difference.getInterval())
        .build();
  }

  /** The line that {@code --json} prints. */
  public Map<String, Object> line() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("claim", claim.key());
    line.put("source", claim.getSource());
    line.put("control", control);
    line.put("seeds", seeds);
    line.put("verdict", verdict.key());
    line.put("estimate", estimate);
    line.put("interval", ends(interval));
    line.put("control_estimate", controlEstimate);
    return line;
  }

  /** All details, for {@code audit.json}. */
  Map<String, Object> details() {
    Map<String, Object> details = line();
    details.put("method", method.key());
    details.put("difference", difference);
    details.put("difference_interval", ends(differenceInterval));
    details.put("because", because);
    details.put("statement", claim.getStatement());
    details.put("measure", claim.getMeasure());
    details.put("rule", claim.getRule());
    return details;
  }

  private static List<Double> ends(Interval interval) {
    List<Double> ends = new ArrayList<>();
    if (interval != null) {
      ends.add(interval.getLow());
      ends.add(interval.getHigh());
    }
    return interval == null ? null : ends;
  }
}
