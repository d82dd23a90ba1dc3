using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>What a likelihood makes of the outputs f of a network, as parts of a graph. Outputs are <c>[…, B, …]</c>, with any axes in
/// front.</summary>
internal abstract class OutputDistribution
{
    /// <summary>Returns E[y | f].</summary>
    public abstract GraphValue Mean(GraphBuilder graph, GraphValue output);

    /// <summary>Returns Var[y | f], in the shape of the mean.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="output">f.</param>
    /// <param name="mean">E[y | f].</param>
    public abstract GraphValue Variance(GraphBuilder graph, GraphValue output, GraphValue mean);

    /// <summary>Gets whether Var[y | f] is the same for all f; false by default.</summary>
    public virtual bool HasConstantVariance => false;

    /// <summary>Returns the entropy of the classes of a mean, in nats; null if y is not a class.</summary>
    public virtual GraphValue? Entropy(GraphBuilder graph, GraphValue mean) => null;

    /// <summary>Returns the standard deviation of y if it is normal around its mean, in the mean's shape or one that broadcasts to it; otherwise
    /// null.</summary>
    public virtual GraphValue? NormalStddev(GraphBuilder graph, GraphValue output) => null;

    /// <summary>
    /// Returns the output whose mean and variance are those of y if f is normal; null if these have no closed form.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="mean">The mean of f.</param>
    /// <param name="variance">The variance of f.</param>
    public virtual GraphValue? UnderNormal(GraphBuilder graph, GraphValue mean, GraphValue variance) => null;
}
