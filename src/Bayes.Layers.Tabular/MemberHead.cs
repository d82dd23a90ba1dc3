using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>The end of a network: what it returns, how that is trained, and what the other networks of the ensemble see of it.</summary>
/// <param name="name">What summaries call it.</param>
/// <param name="outputs">The number of outputs in training.</param>
internal abstract class MemberHead(string name, int outputs)
{
    /// <summary>Gets the number of outputs in training.</summary>
    public int Outputs => outputs;

    /// <summary>Gets whether the prior of the last weights learns its scale; true by default.</summary>
    public virtual bool ShrinksWeights => true;

    /// <summary>Gets whether many rows, which tell the size and shape of the noise, make the head needless; false by default.</summary>
    public virtual bool IsForFewRows => false;

    /// <summary>Returns a new p(y | f) for the training of one network.</summary>
    public abstract Likelihood CreateLikelihood();

    /// <summary>Changes the initial bias of the last layer in place; leaves it by default.</summary>
    /// <param name="mean">The means of the biases, <c>[outputs]</c>.</param>
    public virtual void Start(Tensor mean)
    {
    }

    /// <summary>Gets the number of outputs that all networks of an ensemble share, if training has others; null by default.</summary>
    public virtual int? SharedOutputs => null;

    /// <summary>Fills the linear layer that turns the outputs of training into the shared ones.</summary>
    /// <param name="likelihood">The likelihood after training.</param>
    /// <param name="weight">Zeros, <c>[shared outputs, outputs]</c>.</param>
    /// <param name="bias">Zeros, <c>[shared outputs]</c>.</param>
    public virtual void Expand(Likelihood likelihood, float[,] weight, float[] bias)
    {
    }

    /// <summary>Returns what summaries call it.</summary>
    public override string ToString() => name;
}
