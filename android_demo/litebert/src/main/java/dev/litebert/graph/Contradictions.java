package dev.litebert.graph;

import dev.litebert.json.Repr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Facts of a target that keep its segments from being run; mirrors {@code target_parser.py}. */
final class Contradictions {
  private final Target target;
  private final List<String> names = new ArrayList<>(); // of the network's outputs
  private final boolean branched;

  Contradictions(Target target, List<Output> outputs) {
    this.target = target;
    this.branched = target.layout().equals(GraphFormat.BRANCHED);
    for (Output each : outputs) {
      names.add(each.name());
    }
  }

  /**
   * The first fact that keeps the segments from being run one after another; null where none is.
   */
  String first() {
    int segments = target.segments().size();
    if (segments == 0 || (segments > 1 && !target.layout().equals(GraphFormat.SPLIT))) {
      return segments + " segments in the layout " + target.layout() + ", expected one";
    }
    boolean hasEntries = GraphFormat.of(target.name()).hasEntries();
    if (!target.lengths().isEmpty() && (branched || !hasEntries)) {
      return "fixed lengths, which only signatures have";
    }
    Set<String> known = new TreeSet<>(Target.GRAPH_INPUTS);
    if (branched) {
      known.add(Target.THRESHOLDS);
    }
    for (Segment segment : target.segments()) {
      if (!known.containsAll(segment.inputs())) {
        return ("inputs in " + Repr.of(segment.name(), 80) + " other than ")
            + Repr.cut(String.join(", ", known), 200);
      }
      known.addAll(segment.outputs());
    }
    return wrongOutputs();
  }

  /** An exit that lacks an output of the network, or an output of no exit; null where all fit. */
  private String wrongOutputs() {
    Set<String> expected = new HashSet<>(names);
    for (Exit each : target.exits()) {
      if (!each.outputs().keySet().equals(expected)) {
        return ("an exit with the outputs " + shown(each.outputs().keySet()) + ", expected ")
            + String.join(", ", names);
      }
    }
    int exits = target.exits().size();
    for (Exit each :
        branched ? target.exits() : target.exits().subList(Math.max(0, exits - 1), exits)) {
      for (Map.Entry<String, String> tensor : each.outputs().entrySet()) {
        if (!tensor.getKey().equals(tensor.getValue())) {
          return "tensors of an exit that are not called as the outputs are";
        }
      }
    }
    return wrongSources();
  }

  private String wrongSources() {
    List<List<String>> exits = tensors();
    List<String> wanted = new ArrayList<>();
    if (branched) {
      wanted.addAll(names);
      wanted.addAll(Arrays.asList(Target.EXIT_LAYER, Target.UNCERTAINTY));
    } else {
      for (List<String> each : exits) {
        wanted.addAll(each);
      }
    }
    Set<String> known = new HashSet<>(wanted);
    List<String> found = new ArrayList<>();
    Map<String, Integer> segments = new HashMap<>();
    for (int i = 0; i < target.segments().size(); i++) {
      for (String name : target.segments().get(i).outputs()) {
        segments.put(name, i);
        if (known.contains(name)) {
          found.add(name);
        }
      }
    }
    if (!sorted(found).equals(sorted(wanted))) {
      return ("the outputs " + shown(found) + ", expected ")
          + Repr.cut(String.join(", ", wanted), 200);
    }
    return wrongOrder(exits, segments);
  }

  private String wrongOrder(List<List<String>> exits, Map<String, Integer> segments) {
    boolean rising = true;
    int before = 0;
    for (List<String> tensors : exits) {
      int source = segments.get(tensors.get(0));
      for (String tensor : tensors) {
        if (segments.get(tensor) != source) {
          return "an exit whose outputs " + shown(names) + " come from two segments";
        }
      }
      rising = rising && source >= before;
      before = source;
    }
    return rising ? null : "exits that are not in the order of its segments";
  }

  /** The tensors of each exit; a student without exits counts as one. */
  private List<List<String>> tensors() {
    List<List<String>> exits = new ArrayList<>();
    for (Exit each : target.exits()) {
      List<String> tensors = new ArrayList<>();
      for (String name : names) {
        tensors.add(each.outputs().get(name));
      }
      exits.add(tensors);
    }
    return exits.isEmpty() ? Collections.singletonList(names) : exits;
  }

  private static String shown(Collection<String> names) {
    return Repr.of(String.join(", ", names), 80);
  }

  private static List<String> sorted(List<String> names) {
    List<String> sorted = new ArrayList<>(names);
    Collections.sort(sorted);
    return sorted;
  }
}
