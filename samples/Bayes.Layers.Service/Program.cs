using Bayes.Layers.Service;
using TorchSharp;

// A batch is small: threads inside one would only wait for each other and for the requests.
torch.set_num_threads(1);
return await ServiceProgram.Run(args);
