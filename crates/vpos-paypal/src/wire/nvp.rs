//! What goes to the NVP API and what comes back: forms.
