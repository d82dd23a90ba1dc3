using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>What a prior learns or keeps for one weight tensor. Tensors are read by name: <c>.to(...)</c> registers others in their place.</summary>
internal sealed class PriorState() : nn.Module(nameof(PriorState))
{
    /// <summary>A number that is learned, or some.</summary>
    public void Learn(string name, Tensor start) => register_parameter(name, new Parameter(start).Owned());

    /// <summary>Numbers that are saved and moved, and not learned.</summary>
    public void Keep(string name, Tensor value) => register_buffer(name, value.Owned());

    public Tensor Learned(string name) => get_parameter(name)!;

    public Tensor Kept(string name) => get_buffer(name)!;
}
