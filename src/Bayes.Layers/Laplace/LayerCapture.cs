using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>
/// A layer whose weights get a Laplace approximation. A new kind of layer is a class and a row in <see cref="LayerCaptures"/>.
/// </summary>
/// <param name="path">The path of the layer in the network.</param>
internal abstract class LayerCapture(string path)
{
    /// <summary>Gets the path of the layer in the network.</summary>
    public string Path => path;

    /// <summary>Gets the matrices of the layer, one for most kinds.</summary>
    public abstract IReadOnlyList<WeightMatrix> Matrices { get; }

    /// <summary>Registers a hook that records each call of the layer until it is removed.</summary>
    /// <param name="record">Takes a use of one of <see cref="Matrices"/>, and owns it.</param>
    /// <returns>Removes the hook.</returns>
    public abstract Action Watch(Action<WeightMatrix, MatrixUse> record);

    /// <summary>Registers such a hook for a layer of one matrix that takes and returns one tensor.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="use">Returns the use for an input and a tensor whose gradient is taken, which it then owns.</param>
    /// <param name="record">Takes the use.</param>
    protected static Action Watch(nn.Module<Tensor, Tensor> layer, Func<Tensor, Tensor, MatrixUse> use, Action<MatrixUse> record)
    {
        var remover = layer.register_forward_hook((_, input, output) =>
        {
            var made = use(input, Node(output));
            record(made);
            // The network may work in place on what it gets, which must not change the tensor whose gradient is taken.
            return made.Returned = made.Output.clone();
        });
        return remover.remove;
    }

    /// <summary>Returns a tensor of the same values whose gradient can be taken, and which no scope disposes.</summary>
    protected static Tensor Node(Tensor output) =>
        (output.requires_grad ? output.alias() : output.detach().requires_grad_()).Owned();
}
