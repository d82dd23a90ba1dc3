using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// Holds the posteriors' parameters other than the means, in a tree that mirrors the network's modules, so that their keys are the network's with
/// another ending. It computes nothing.
/// </summary>
internal sealed class PosteriorNode() : nn.Module(nameof(PosteriorNode))
{
    /// <summary>Returns the node of a path, and makes those that are missing.</summary>
    public PosteriorNode At(IEnumerable<string> path)
    {
        var node = this;
        foreach (string name in path)
        {
            var child = (PosteriorNode?)node.named_children().FirstOrDefault(each => each.name == name).module;
            if (child is null)
                node.register_module(name, child = new PosteriorNode());
            node = child;
        }
        return node;
    }

    /// <summary>Adds a parameter.</summary>
    public void Add(string name, Parameter value) => register_parameter(name, value);

    /// <summary>Adds a module, such as the parameters of a prior.</summary>
    public void Add(string name, nn.Module module) => register_module(name, module);
}
